import { registry } from "@web/core/registry";

import { checkThumb, checkWidth, state, statePhone, told, upload } from "@gov_base/../tests/tours/tour_helpers";

const tours = registry.category("web_tour.tours");

// Answer the dialog that asks for a text.
function answer(text) {
    return [
        {
            content: "In a few words",
            trigger: ".modal .o_field_widget[name=text] textarea",
            run: `edit ${text}`,
        },
        { content: "Done", trigger: ".modal button[name=action_apply]", run: "click" },
    ];
}

// The secretariat enters the meeting with all that waits for it.
tours.add("gov_meeting_enter", {
    steps: () => [
        { content: "New", trigger: ".o_list_button_add", run: "click" },
        {
            content: "All members are present unless somebody was not",
            trigger: ".o_field_widget[name=present_ids] .o_tag ~ .o_tag",
        },
        {
            content: "Its number",
            trigger: ".o_field_widget[name=number] input",
            run: "edit 2026-7",
        },
        {
            content: "Who presided",
            trigger: ".o_field_widget[name=chair_id] input",
            run: "click",
        },
        {
            content: "One of those present",
            trigger: ".o-autocomplete--dropdown-item:contains(Lu Qiming)",
            run: "click",
        },
        {
            content: "The head it is",
            trigger: ".o_field_widget[name=chair_id] input:value(/Lu Qiming/)",
        },
        {
            content: "The extract of the minutes",
            trigger: ".o_field_widget[name=scan] input[type=file]:not(:visible)",
            run: (helpers) =>
                upload(helpers, "minutes.pdf", "application/pdf", told("gov_scan")),
        },
        {
            content: "It is there",
            trigger: ".o_field_widget[name=scan] :value(minutes.pdf)",
        },
        {
            content: "All that wait",
            trigger: "button[name=action_add_waiting]",
            run: "click",
        },
        {
            content: "Both matters are on the agenda",
            trigger: "[name=line_ids] .o_data_row:nth-child(2)",
        },
        {
            content: "Before the members",
            trigger: "button[name=action_enter]",
            run: "click",
        },
        state("entered"),
    ],
});

// One member confirms on the phone: the matters are decided.
tours.add("gov_meeting_confirm_phone", {
    steps: () => [
        {
            content: "Open the record",
            trigger: ".o_kanban_record:contains(2026-7)",
            run: "click",
        },
        {
            content: "The matters stand there",
            trigger: ".o_form_view [name=line_ids] .o_kanban_record:contains(Office chair)",
            run: checkWidth,
        },
        {
            content: "The thumb reaches the button",
            trigger: "button[name=action_confirm]",
            run: checkThumb,
        },
        { content: "Confirm", trigger: "button[name=action_confirm]", run: "click" },
        { content: "Yes", trigger: ".modal-footer .btn-primary", run: "click" },
        statePhone("confirmed"),
    ],
});

// Supervision closes a finding with a text.
tours.add("gov_finding_confirm", {
    steps: () => [
        {
            content: "Open the finding",
            trigger: ".o_kanban_record:not(.o_kanban_ghost)",
            run: "click",
        },
        {
            content: "What was found and how it was explained stands there",
            trigger: ".o_form_view [name=explanation]:contains(Two deliveries)",
        },
        {
            content: "Confirm it",
            trigger: ".o_statusbar_buttons button.btn-primary",
            run: "click",
        },
        ...answer("Split indeed; talked to the section."),
        state("confirmed"),
    ],
});

// Staff read a notice and object.
tours.add("gov_notice_object", {
    steps: () => [
        {
            content: "Open the notice",
            trigger: ".o_data_row td:contains(Result of the selection)",
            run: "click",
        },
        {
            content: "The telephone number is masked",
            trigger: ".o_form_view:contains(138****0000)",
        },
        {
            content: "Object",
            trigger: "button[name=action_open_text_wizard]",
            run: "click",
        },
        ...answer("The second one was better."),
        { content: "Handed in", trigger: "body:not(:has(.modal)) .o_form_view" },
    ],
});

// The approval administrator follows a link of the set-up page.
tours.add("gov_setup_open_place", {
    steps: () => [
        {
            content: "What is missing is named",
            trigger: ".o_form_view [name=missing_count]",
        },
        {
            content: "Go there",
            trigger: "[name=line_ids] .o_data_row button[name=action_open_place]:first",
            run: "click",
        },
        {
            content: "There it is, and the way back too",
            trigger:
                ".o_action_manager:not(:has([name=action_open_place])):has(.breadcrumb-item) .o_content",
        },
    ],
});
