import { registry } from "@web/core/registry";

import { checkThumb, checkWidth, choose, state, statePhone } from "@gov_base/../tests/tours/tour_helpers";

const tours = registry.category("web_tour.tours");

// The store clerk names three people and starts the count.
tours.add("gov_stocktake_start", {
    steps: () => [
        { content: "New", trigger: ".o_list_button_add", run: "click" },
        {
            content: "The store is there already",
            trigger: ".o_field_widget[name=location_id] input:value(/Stock|库存/)",
        },
        ...choose("counter_id", "Jiang Yan"),
        {
            content: "Who keeps the store begins the count",
            trigger: ".o_field_widget[name=keeper_id] input:value(Hou Xiaoman)",
        },
        ...choose("witness_id", "Zou Jingyi"),
        { content: "Start", trigger: "button[name=action_start]", run: "click" },
        {
            content: "The sheet has its lines",
            trigger: "[name=line_ids] .o_data_row:contains(Gel pen)",
        },
        {
            content: "The book is not shown",
            trigger: "[name=line_ids] table:not(:has([data-name=book_shown]))",
        },
        state("counting"),
    ],
});

// One line of the sheet: what lies on the shelf, and why where it differs.
function count(product, quantity, reason) {
    const steps = [
        {
            content: `Take ${product}`,
            trigger: `.o_kanban_record:contains(${product})`,
            run: "click",
        },
        {
            content: "Enter what lies on the shelf",
            trigger: ".o_field_widget[name=counted_quantity] input",
            run(helpers) {
                checkWidth();
                return helpers.edit(String(quantity));
            },
        },
    ];
    if (reason) {
        steps.push({
            content: "Say why",
            trigger: ".o_field_widget[name=reason] input",
            run: `edit ${reason}`,
        });
    }
    steps.push(
        {
            content: "Back to the sheet",
            trigger: ".o_back_button, .o_breadcrumb .o_back_button",
            run: "click",
        },
        {
            content: "It is counted",
            trigger: `.o_kanban_record:contains(${product}):not(:has(.text-warning)):contains(${quantity})`,
        }
    );
    return steps;
}

// The counter enters the sheet on the phone.
tours.add("gov_stocktake_count_phone", {
    steps: () => [
        {
            content: "Nothing is counted yet",
            trigger: ".o_kanban_record:contains(Gel pen) .text-warning",
        },
        ...count("Gel pen", 50),
        ...count("Paper A4", 97, "Three packs got wet"),
        ...count("Tour paper", 100),
    ],
});

// The store clerk looks it over and submits.
tours.add("gov_stocktake_submit", {
    steps: () => [
        {
            content: "Open it",
            trigger: ".o_data_row td[name=counter_id]:contains(Jiang Yan)",
            run: "click",
        },
        {
            content: "Everything is counted",
            trigger: "[name=counted_count]:contains(3)",
        },
        { content: "Submit", trigger: "button[name=action_submit]", run: "click" },
        {
            content: "The loss is valued",
            trigger: "[name=amount_loss]:contains(61.50)",
        },
        {
            content: "It has its number",
            trigger: ".o_field_widget[name=number]:contains(盘)",
        },
        state("submitted"),
    ],
});

// The section head decides on the phone.
tours.add("gov_stocktake_head_phone", {
    steps: () => [
        {
            content: "Open what waits for me",
            trigger: ".o_kanban_record:contains(盘)",
            run: "click",
        },
        {
            content: "Loss and reason stand there",
            trigger:
                ".o_form_view:has([name=amount_loss]:contains(61.50)) [name=line_ids] .o_kanban_record:contains(Three packs got wet)",
            run: checkWidth,
        },
        {
            content: "The thumb reaches the button",
            trigger: "button[name=action_approve]",
            run: checkThumb,
        },
        { content: "Agree", trigger: "button[name=action_approve]", run: "click" },
        {
            content: "Nothing is left to decide",
            trigger: ".o_form_view:not(:has(button[name=action_approve]))",
        },
        statePhone("submitted"),
    ],
});
