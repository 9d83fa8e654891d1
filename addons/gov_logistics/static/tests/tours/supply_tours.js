import { registry } from "@web/core/registry";

import { sign, state, statePhone } from "@gov_base/../tests/tours/tour_helpers";

const tours = registry.category("web_tour.tours");

tours.add("gov_supply_applicant", {
    steps: () => [
        { content: "Ask for something", trigger: ".o_list_button_add", run: "click" },
        {
            content: "Add a line",
            trigger: ".o_field_widget[name=line_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "Look in the catalogue",
            trigger: ".o_selected_row .o_field_widget[name=product_id] input",
            run: "edit Tour paper",
        },
        {
            content: "Take it",
            trigger: ".o-autocomplete--dropdown-item a:contains(Tour paper)",
            run: "click",
        },
        {
            content: "The price is there already",
            trigger: ".o_selected_row [name=price_unit]:contains(20.50)",
        },
        {
            content: "Say how many",
            trigger: ".o_selected_row .o_field_widget[name=quantity] input",
            run: "edit 3 && press Enter",
        },
        {
            content: "Enter begins the next line",
            trigger: "[name=line_ids] .o_data_row:nth-child(2).o_selected_row",
        },
        {
            content: "See who will decide",
            trigger: ".o_notebook .nav-link[name=chain]",
            run: "click",
        },
        {
            content: "The section head is named",
            trigger: ".o_field_widget[name=chain_preview]:contains(Cheng Xiaolan)",
        },
        { content: "Submit", trigger: "button[name=action_submit]", run: "click" },
        {
            content: "It has its number",
            trigger: ".o_field_widget[name=number]:contains(机服领)",
        },
        {
            content: "And waits for the section head",
            trigger: ".o_field_widget[name=waiting_for]:contains(Cheng Xiaolan)",
        },
        state("submitted"),
    ],
});

tours.add("gov_supply_leader_phone", {
    steps: () => [
        {
            content: "Open what waits for me",
            trigger: ".o_kanban_record:contains(Tour paper)",
            run: "click",
        },
        {
            content: "Sum, clause and stock stand on one screen",
            trigger:
                ".o_form_view:has([name=amount_approved]:contains(61.50))" +
                ":has([name=current_citation])" +
                ":has([name=amount_last_year])" +
                ":has([name=line_ids] .o_kanban_record:contains(100))",
            run() {
                const line = document.querySelector("[name=line_ids] .o_kanban_record");
                if (line.getBoundingClientRect().bottom > window.innerHeight) {
                    throw new Error("The lines lie below the first screen.");
                }
                const button = document.querySelector("button[name=action_approve]");
                if (button.getBoundingClientRect().top < window.innerHeight / 2) {
                    throw new Error("The thumb does not reach the button.");
                }
                if (document.documentElement.scrollWidth > window.innerWidth) {
                    throw new Error("The screen is wider than the phone.");
                }
            },
        },
        {
            content: "Agree with one tap",
            trigger: "button[name=action_approve]",
            run: "click",
        },
        {
            content: "Nothing is left to decide",
            trigger: ".o_form_view:not(:has(button[name=action_approve]))",
        },
        // A phone shows the state in a menu of its own.
        statePhone("approved"),
    ],
});

tours.add("gov_supply_clerk", {
    steps: () => [
        {
            content: "Take the next request",
            trigger: ".o_data_row td:contains(Tour paper)",
            run: "click",
        },
        {
            content: "Issue",
            trigger: ".o_statusbar_buttons button.btn-primary[name=action_open_dialog]",
            run: "click",
        },
        {
            content: "What is handed out stands there already",
            trigger: ".modal [name=line_ids] .o_data_row td[name=quantity]:contains(3)",
        },
        {
            content: "Without a signature nothing leaves the store",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "The refusal says so",
            trigger: ".modal:has(.o_error_dialog), .o_error_dialog",
        },
        {
            content: "Understood",
            trigger: ".o_error_dialog .modal-footer .btn-primary, .modal:has(.o_error_dialog) .btn-primary",
            run: "click",
        },
        ...sign(),
        {
            content: "Hand out",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        state("done"),
    ],
});

// The store answers the price check: a product and a price for the free text.
tours.add("gov_supply_price", {
    steps: () => [
        {
            content: "the purchase waits for its price",
            trigger: ".o_data_row [name=line_summary]:contains(Repair of the roof)",
            run: "click",
        },
        {
            content: "price it",
            trigger: ".o_form_statusbar button[name=action_open_dialog]:first",
            run: "click",
        },
        {
            content: "the line has no product yet",
            trigger: ".modal [name=line_ids] .o_data_cell[name=product_id]",
            run: "click",
        },
        {
            content: "the service it is",
            trigger: ".modal .o_selected_row [name=product_id] input",
            run: "edit Cleaning of carpets",
        },
        {
            content: "from the catalogue",
            trigger: ".o-autocomplete--dropdown-item:contains(Cleaning of carpets)",
            run: "click",
        },
        {
            content: "the catalogue price came along; the market is dearer",
            trigger: ".modal .o_selected_row [name=price_unit] input:value(300)",
            run: "edit 450",
        },
        {
            content: "close the check",
            trigger: ".modal button[name=action_confirm_and_close_check]",
            run: "click",
        },
        {
            content: "the sum stands, and it is finance's turn",
            trigger: "body:not(:has(.modal)) [name=amount_approved]:contains(900.00)",
        },
    ],
});

// Finance names the money; the matter leaves for the band.
tours.add("gov_supply_funds", {
    steps: () => [
        {
            content: "from the inbox",
            trigger: ".o_data_row [name=summary]:contains(Repair of the roof)",
            run: "click",
        },
        {
            content: "name the money",
            trigger: ".o_form_statusbar button[name=action_open_dialog]:first",
            run: "click",
        },
        {
            content: "in a few words",
            trigger: ".modal [name=fund_source] input",
            run: "edit 2026-30299",
        },
        {
            content: "and close the check",
            trigger: ".modal button[name=action_confirm_and_close_check]",
            run: "click",
        },
        {
            content: "everybody after sees it",
            trigger: "body:not(:has(.modal)) [name=fund_source]:contains(2026-30299)",
        },
    ],
});
