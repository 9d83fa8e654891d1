import { registry } from "@web/core/registry";

import {
    checkThumb,
    checkWidth,
    sign,
    state,
    statePhone,
} from "@gov_base/../tests/tours/tour_helpers";

const tours = registry.category("web_tour.tours");

function open() {
    return {
        content: "Open the sheet of the guards",
        trigger: ".o_kanban_record:contains(Guards), .o_data_row:contains(Guards) td[name=contract_id]",
        run: "click",
    };
}

function confirm() {
    return [
        {
            content: "Confirm",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        { content: "The dialog is closed", trigger: "body:not(:has(.modal))" },
    ];
}

// A button that stands behind the three points on a phone.
function more(name) {
    return [
        {
            content: "More buttons",
            trigger: ".o_statusbar_buttons button[title]:has(.oi-ellipsis-v)",
            run: "click",
        },
        {
            content: `Choose ${name}`,
            trigger: `.o-dropdown--menu button:contains(${name})`,
            run: "click",
        },
    ];
}

// The inspector walks with the phone: criterion, save, sign, let the manager sign.
tours.add("gov_assessment_phone", {
    steps: () => [
        open(),
        {
            content: "The thumb reaches the button",
            trigger: ".o_statusbar_buttons button[name=action_add_line]",
            run(helpers) {
                checkWidth();
                checkThumb(helpers);
                return helpers.click();
            },
        },
        {
            content: "The criteria of the sheet",
            trigger: ".modal .o_field_widget[name=criterion_id] input",
            run: "click",
        },
        {
            content: "Not clean",
            trigger: ".modal .o_kanban_record:contains(Corridors)",
            run: "click",
        },
        {
            content: "Points and reason are filled in",
            trigger: ".modal .o_field_widget[name=deduction] input:value(2.00)",
        },
        {
            content: "Save",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "The score has fallen",
            trigger: ".o_form_view .o_field_widget[name=score]:contains(98.00)",
        },
        {
            content: "The fault stands on the sheet",
            trigger: "[name=line_ids] .o_kanban_record:contains(Not clean)",
        },
        ...more("Sign"),
        ...sign(),
        ...confirm(),
        {
            content: "Let the site manager sign",
            trigger: ".o_statusbar_buttons button[name=action_open_step]:enabled",
            run: "click",
        },
        {
            content: "Who signs",
            trigger: ".modal .o_field_widget[name=person_name] input",
            run: "edit Ma",
        },
        ...sign(),
        ...confirm(),
        {
            content: "No line can be added any more",
            trigger: ".o_form_view:not(:has(button[name=action_add_line]))",
        },
        statePhone("draft"),
    ],
});

// The second inspector signs at the desk.
tours.add("gov_assessment_second", {
    steps: () => [
        open(),
        {
            content: "Sign",
            trigger: ".o_statusbar_buttons button[name=action_open_step].oe_highlight, .o_statusbar_buttons button[name=action_open_step].btn-primary",
            run: "click",
        },
        ...sign(),
        ...confirm(),
        state("inspected"),
    ],
});

// The clerk of contracts answers the objection: the score is final.
tours.add("gov_assessment_final", {
    steps: () => [
        open(),
        {
            content: "Make final",
            trigger: ".o_statusbar_buttons button[name=action_open_step].btn-primary",
            run: "click",
        },
        {
            content: "The objection is shown",
            trigger: ".modal .o_field_widget[name=statement_text]:contains(swept at noon)",
        },
        {
            content: "Answer it",
            trigger: ".modal .o_field_widget[name=text] textarea",
            run: "edit The photo is of 14:00",
        },
        ...confirm(),
        state("final"),
    ],
});

// The liaison answers the quarter: one tap per service.
tours.add("gov_survey_phone", {
    steps: () => [
        {
            content: "Say poor of one service",
            trigger: ".o_kanban_record:contains(Property of the test) button[name=action_poor]",
            run(helpers) {
                checkWidth();
                return helpers.click();
            },
        },
        {
            content: "It is kept",
            trigger: ".o_kanban_record:contains(Property of the test) button[name=action_poor].btn-danger",
        },
    ],
});
