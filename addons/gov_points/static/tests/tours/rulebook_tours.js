import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

// The manager changes a draft, sees what has changed, tries it out and releases it.
tours.add("gov_points_rulebook", {
    steps: () => [
        {
            content: "Make a new version of the released rulebook",
            trigger: ".o_form_view button[name=action_new_version]",
            run: "click",
        },
        {
            content: "It says what is missing before it can be released",
            trigger:
                ".o_form_view .alert .o_field_widget[name=release_blockers]:not(:empty)",
        },
        {
            content: "There is no way to release it yet",
            trigger:
                ".o_form_view:not(:has(button[name=action_release])) a[name=process]",
            run: "click",
        },
        {
            content: "Five days to appeal",
            trigger: ".o_field_widget[name=appeal_number] input",
            run: "edit 5",
        },
        {
            content: "Choose the first day",
            trigger: ".o_field_widget[name=date_from] input, .o_field_widget[name=date_from] button",
            run: "click",
        },
        {
            content: "The calendar opens; go to the next month",
            trigger: ".o_datetime_picker .o_next",
            run: "click",
        },
        {
            content: "Take a day in its middle",
            trigger: ".o_datetime_picker .o_date_item_cell:contains(/^15$/)",
            run: "click",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "Look at what has changed",
            trigger: "a[name=changes]",
            run: "click",
        },
        {
            content: "Three days have become five",
            trigger:
                ".o_field_widget[name=changes] tr:has(td:contains(/^3$/)):has(td:contains(/^5$/))",
        },
        {
            content: "Nothing is missing any more",
            trigger: ".o_form_view button[name=action_release]",
            run: "click",
        },
        {
            content: "Yes, for good",
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It is released and frozen",
            trigger: ".o_form_view button[name=action_new_version]",
        },
        {
            content: "Nobody types into it any more",
            trigger: ".o_form_view .o_field_widget[name=name].o_readonly_modifier",
        },
    ],
});

// Another bound is tried out on the cycles that were.
tours.add("gov_points_whatif", {
    steps: () => [
        {
            content: "The levels of the rulebook stand there",
            trigger: ".o_field_widget[name=threshold_ids] .o_data_row:nth-child(4)",
        },
        {
            content: "Open the row of the circular",
            trigger:
                ".o_field_widget[name=threshold_ids] .o_data_row:nth-child(3) .o_data_cell[name=single_from]",
            run: "click",
        },
        {
            content: "One score of four is enough",
            trigger: ".o_selected_row .o_field_widget[name=single_from] input",
            run: "edit 4",
        },
        {
            content: "Compare",
            trigger: "button[name=action_run]",
            run: "click",
        },
        {
            content: "One person would have reached another level",
            trigger: ".o_list_view .o_data_row .o_data_cell:contains(Bai Jing)",
        },
        {
            content: "By department",
            trigger: ".o_switch_view.o_graph",
            run: "click",
        },
        {
            content: "The picture stands there",
            trigger: ".o_graph_view canvas",
        },
    ],
});
