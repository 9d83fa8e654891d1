import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

function checkPhone() {
    if (document.documentElement.scrollWidth > window.innerWidth) {
        throw new Error("The screen is wider than the phone.");
    }
}

// An employee asks for a car on the phone.
tours.add("gov_vehicle_ask_phone", {
    steps: () => [
        {
            content: "Ask for a car",
            trigger: ".o_control_panel .o_list_button_add, .o_control_panel .o-kanban-button-new",
            run: "click",
        },
        {
            content: "Where to",
            trigger: ".o_form_view .o_field_widget[name=destination] input",
            run: "edit Tour hospital",
        },
        {
            content: "What for",
            trigger: ".o_field_widget[name=purpose] input",
            run: "edit Visit the tour",
        },
        {
            content: "How many",
            trigger: ".o_field_widget[name=passenger_count] input",
            run: "edit 2",
        },
        {
            content: "Nothing is cut off",
            trigger: ".o_form_view",
            run: checkPhone,
        },
        {
            content: "Submit",
            trigger: "button[name=action_submit]",
            run: "click",
        },
        {
            content: "It has its number, and says whose turn it is",
            trigger:
                ".o_form_view:has([name=number]:contains(机服车)) [name=waiting_for]:contains(Cheng Xiaolan)",
        },
    ],
});

// The section head agrees on the phone: one screen, one tap.
tours.add("gov_vehicle_agree_phone", {
    steps: () => [
        {
            content: "Open what waits for me",
            trigger: ".o_kanban_record:contains(Tour hospital)",
            run: "click",
        },
        {
            content: "Who, where to and when stand on one screen",
            trigger:
                ".o_form_view:has([name=destination]:contains(Tour hospital)):has([name=window_text]) [name=employee_id]:contains(Bai Jing)",
            run() {
                checkPhone();
                const text = document.querySelector("[name=window_text]");
                if (text.getBoundingClientRect().bottom > window.innerHeight) {
                    throw new Error("The time lies below the first screen.");
                }
                const button = document.querySelector("button[name=action_approve]");
                if (button.getBoundingClientRect().top < window.innerHeight / 2) {
                    throw new Error("The thumb does not reach the button.");
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
    ],
});

// The dispatcher takes a call in one line and copies the reply.
tours.add("gov_vehicle_call", {
    steps: () => [
        {
            content: "Type while the caller speaks",
            trigger: ".modal .o_field_widget[name=line] input",
            run: "edit 后天9点 白静 8123 4人 去县财政局 预算会 3小时",
        },
        {
            content: "Leave the line",
            trigger: ".modal .o_field_widget[name=purpose] input",
            run: "click",
        },
        {
            content: "It was understood",
            trigger:
                ".modal .o_field_widget[name=destination] input:value(县财政局)",
        },
        {
            content: "Take the call",
            trigger: ".modal button[name=action_take]",
            run: "click",
        },
        {
            content: "The reply stands there to copy",
            trigger: ".modal .o_field_widget[name=reply_text]:contains(机服车)",
        },
        {
            content: "Open it",
            trigger: ".modal button[name=action_open_request]",
            run: "click",
        },
        {
            content: "It waits for the section head",
            trigger: ".o_form_view [name=waiting_for]:contains(Cheng Xiaolan)",
        },
    ],
});
