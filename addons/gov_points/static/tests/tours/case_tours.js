import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** Return the steps that fill a many2one of a line with what is typed. */
function pick(field, text) {
    return [
        {
            content: `Type ${text}`,
            trigger: `.o_selected_row .o_field_widget[name=${field}] input`,
            run: `edit ${text}`,
        },
        {
            content: `Choose ${text}`,
            trigger: `.ui-autocomplete .ui-menu-item a:contains(${text})`,
            run: "click",
        },
    ];
}

// An officer takes a clue in, hears the person, checks and submits, and decides first.
tours.add("gov_points_case_officer", {
    steps: () => [
        {
            content: "Say what was reported",
            trigger: ".o_form_view .o_field_widget[name=facts] textarea",
            run: "edit Cooked on a stove in the duty room",
        },
        {
            content: "Name who it was",
            trigger: ".o_field_widget[name=share_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        ...pick("employee_id", "Bai Jing"),
        ...pick("article_id", "11.5"),
        {
            content: "Go on with the case",
            trigger: "button[name=action_open_case]",
            run: "click",
        },
        {
            content: "It has its number, and shows what it would give",
            trigger:
                ".o_form_view .o_field_widget[name=number]:contains(机记)",
        },
        {
            content: "Open the person",
            trigger:
                ".o_field_widget[name=share_ids] .o_data_row .o_data_cell[name=person]",
            run: "click",
        },
        {
            content: "What it gives stands there before anybody decides",
            trigger: ".modal .o_field_widget[name=preview]:contains(1)",
        },
        {
            content: "She said nothing",
            trigger: ".modal .o_field_widget[name=made_no_statement] input",
            run: "click",
        },
        {
            content: "Heard today",
            trigger: ".modal .o_field_widget[name=heard_on] button, .modal .o_field_widget[name=heard_on] input",
            run: "click",
        },
        {
            content: "Today",
            trigger: ".o_datetime_picker .o_today",
            // The institution's day may have begun before that of the browser.
            run() {
                const {day} = luxon.DateTime.now().setZone("Asia/Shanghai");
                const cells = [
                    ...document.querySelectorAll(".o_datetime_picker .o_date_item_cell"),
                ];
                const today = cells.findIndex((cell) =>
                    cell.classList.contains("o_today")
                );
                const isToday = cells[today].textContent.trim() === String(day);
                cells[isToday ? today : today + 1].click();
            },
        },
        {
            content: "Save the share",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "Facts checked",
            trigger: "body:not(:has(.modal)) button[name=action_check]",
            run: "click",
        },
        {
            content: "Submit",
            trigger: "button[name=action_submit]",
            run: "click",
        },
        {
            content: "Decide as one of two officers",
            trigger: "button[name=action_approve]",
            run: "click",
        },
        {
            content: "The other officer is waited for",
            trigger: ".o_form_view:not(:has(button[name=action_approve])) .alert-info",
        },
    ],
});

// The second officer decides on the phone, from the inbox's list of turns.
tours.add("gov_points_case_second_phone", {
    steps: () => [
        {
            content: "The case that waits",
            trigger: ".o_kanban_record:contains(Bai Jing)",
            run: "click",
        },
        {
            content: "Who, which article and how many points stand on top",
            trigger: ".o_form_view .o_field_widget[name=summary]:contains(11.5)",
            run() {
                if (document.documentElement.scrollWidth > window.innerWidth) {
                    throw new Error("The screen is wider than the phone.");
                }
            },
        },
        {
            content: "Agree",
            trigger: "button[name=action_approve]",
            run: "click",
        },
        {
            content: "Decided",
            trigger: ".o_form_view:not(:has(button[name=action_approve]))",
        },
    ],
});
