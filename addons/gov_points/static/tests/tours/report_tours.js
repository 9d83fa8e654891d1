import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

// HR opens what it sees first, then who stands there, the record, and the year's sheet.
tours.add("gov_points_hr", {
    steps: () => [
        {
            content: "The card of the people at the middle level",
            trigger: ".o_gov_points_overview .o_kanban_record:contains(橙色人员)",
            run: "click",
        },
        {
            content: "Who they are",
            trigger: ".o_list_view .o_data_row .o_data_cell:contains(Bai Jing)",
            run: "click",
        },
        {
            content: "The cycle with its total",
            trigger: ".o_form_view .o_field_widget[name=total]:contains(6)",
        },
        {
            content: "What the total asks for",
            trigger: ".o_notebook .nav-link:contains(处理措施)",
            run: "click",
        },
        {
            content: "It stands there",
            trigger: ".o_form_view .o_field_widget[name=measure_ids] .o_data_row",
        },
        {
            content: "The reports",
            trigger: ".o_menu_sections [data-menu-xmlid='gov_points.menu_points_reports']",
            run: "click",
        },
        {
            content: "The sheet for the appraisal",
            trigger: ".dropdown-item[data-menu-xmlid='gov_points.menu_points_appraisal']",
            run: "click",
        },
        {
            content: "Up to today",
            trigger: ".modal .o_field_widget[name=cutoff]",
        },
        {
            content: "Those with points only",
            trigger: ".modal .o_field_widget[name=only_scored] input",
            run: "click",
        },
        {
            content: "As a workbook",
            trigger: ".modal button[name=action_export]",
            run: "click",
        },
        {
            content: "The dialog stays for the print",
            trigger: ".modal button[name=action_print]:enabled",
        },
    ],
});

// Supervision reads a case whole, with the reporter, and sees who opened it.
tours.add("gov_points_supervision", {
    steps: () => [
        {
            content: "Not only what is under way",
            trigger: ".o_searchview .o_facet_remove",
            run: "click",
        },
        {
            content: "Open the case",
            trigger: ".o_list_view .o_data_row .o_data_cell:contains(Bai Jing)",
            run: "click",
        },
        {
            content: "It was decided",
            trigger: ".o_form_view .o_arrow_button_current:contains(已决定)",
        },
        {
            content: "Nothing is edited here",
            trigger: ".o_form_view .o_form_readonly",
        },
        {
            content: "Reporter and recusals",
            trigger: ".o_notebook .nav-link:contains(反映人与回避)",
            run: "click",
        },
        {
            content: "The reporter",
            trigger: ".o_form_view .o_field_widget[name=reporter_name]:contains(Old Zhang)",
        },
        {
            content: "Who opened it",
            trigger: "button[name=action_open_access_log]",
            run: "click",
        },
        {
            content: "A list of its own",
            trigger: ".o_list_view .o_list_renderer, .o_view_nocontent",
        },
    ],
});
