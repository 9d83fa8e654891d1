import { registry } from "@web/core/registry";

import {
    checkWidth,
    state,
    statePhone,
    told,
    upload,
} from "@gov_base/../tests/tours/tour_helpers";

const tours = registry.category("web_tour.tours");

function uploadScan(name) {
    return [
        {
            content: "The scan of the signed paper",
            trigger: ".modal .o_field_widget[name=scan] input[type=file]:not(:visible)",
            run: (helpers) => upload(helpers, name, "application/pdf", told("gov_scan")),
        },
        {
            content: "It is there",
            trigger: `.modal .o_field_widget[name=scan] :value(${name})`,
        },
    ];
}

const apply = {
    content: "Apply",
    trigger: ".modal button[name=action_apply]",
    run: "click",
};

// Contracts and settlement starts the month.
tours.add("gov_settlement_month", {
    steps: () => [
        { content: "New", trigger: ".o_list_button_add", run: "click" },
        {
            content: "The last month is there already",
            trigger: ".o_field_widget[name=date_to]",
        },
        { content: "Start", trigger: "button[name=action_start]", run: "click" },
        state("running"),
    ],
});

// The department in charge looks at the lines on the phone and confirms.
tours.add("gov_settlement_confirm_phone", {
    steps: () => [
        {
            content: "The lines are cards",
            trigger: ".o_field_widget[name=line_ids] .o_kanban_record:contains(Guard post)",
            run: () => checkWidth(),
        },
        {
            content: "What is to be paid, in capitals",
            trigger: ".o_field_widget[name=amount_capitals]:contains(整)",
        },
        {
            content: "Confirm",
            trigger: "button[name=action_confirm]",
            run: "click",
        },
        {
            content: "It is confirmed: nothing is left to confirm",
            trigger: ".o_form_view:not(:has(button[name=action_confirm]:visible))",
        },
    ],
});

// The other side has signed on paper; both have confirmed, it is submitted.
tours.add("gov_settlement_paper", {
    steps: () => [
        {
            content: "The other side signed a paper",
            trigger: "button[name=action_open_step]:contains(/paper|纸质|书面/)",
            run: "click",
        },
        {
            content: "Who signed",
            trigger: ".modal .o_field_widget[name=person] input",
            run: "edit Ma Site Manager",
        },
        ...uploadScan("signed.pdf"),
        apply,
        state("confirmed"),
        { content: "Submit", trigger: "button[name=action_submit]", run: "click" },
        {
            content: "The chain is under way",
            trigger: "button[name=action_withdraw]",
        },
    ],
});

// The head agrees with one tap.
tours.add("gov_settlement_agree_phone", {
    steps: () => [
        {
            content: "What is to be paid",
            trigger: ".o_field_widget[name=amount_due]",
            run: () => checkWidth(),
        },
        { content: "Agree", trigger: "button[name=action_approve]", run: "click" },
        statePhone("stamping"),
    ],
});

// The stamped paper is put up, then the bill is made.
tours.add("gov_settlement_bill", {
    steps: () => [
        state("stamping"),
        {
            content: "The stamped paper came back",
            trigger: "button[name=action_open_step].oe_highlight, button[name=action_open_step].btn-primary",
            run: "click",
        },
        ...uploadScan("stamped.pdf"),
        apply,
        state("sealed"),
        { content: "Bill", trigger: "button[name=action_bill]", run: "click" },
        state("billed"),
    ],
});
