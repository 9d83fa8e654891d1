import { registry } from "@web/core/registry";

import { choose, sign } from "@gov_base/../tests/tours/tour_helpers";

const tours = registry.category("web_tour.tours");

// Open the counter from the menu and say who draws what.
function begin() {
    return [
        {
            content: "Open the counter",
            trigger: "[data-menu-xmlid='gov_logistics.menu_supply_counter']",
            run: "click",
        },
        {
            content: "Hand out",
            trigger: "[data-menu-xmlid='gov_logistics.menu_supply_hand_out']",
            run: "click",
        },
        ...choose("employee_id", "Bai Jing", ".modal"),
        {
            content: "The department follows",
            trigger: ".modal .o_field_widget[name=department_id] input:value(General Office)",
        },
        {
            content: "Add a line",
            trigger: ".modal [name=line_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        ...choose("product_id", "Gel pen", ".modal .o_selected_row"),
        {
            content: "Three",
            trigger: ".modal .o_selected_row .o_field_widget[name=quantity] input",
            run: "edit 3 && press Tab",
        },
        {
            content: "Used and norm stand there",
            trigger: ".modal [name=norm_text]:contains(0 / 6)",
        },
    ];
}

const handOut = [
    {
        content: "Hand out",
        trigger: ".modal button[name=action_hand_out]:visible",
        run: "click",
    },
    { content: "Told what was handed out", trigger: ".o_notification:contains(机服领)" },
    {
        content: "A fresh counter waits for the next",
        trigger: ".modal:has([name=line_ids]):not(:has(.o_data_row:contains(Gel pen)))",
    },
];

tours.add("gov_counter_signature", {
    steps: () => [...begin(), ...sign(), ...handOut],
});

tours.add("gov_counter_paper", {
    steps: () => [
        ...begin(),
        {
            content: "Signed in the paper register",
            trigger: ".modal [name=counter_method] input[data-value=paper]",
            run: "click",
        },
        {
            content: "Nothing is drawn then",
            trigger: ".modal:not(:has(.o_field_widget[name=signature]))",
        },
        {
            content: "Which register",
            trigger: ".modal .o_field_widget[name=book] input",
            run: "edit 2026-03",
        },
        {
            content: "Which page",
            trigger: ".modal .o_field_widget[name=page] input",
            run: "edit 17",
        },
        ...handOut,
    ],
});
