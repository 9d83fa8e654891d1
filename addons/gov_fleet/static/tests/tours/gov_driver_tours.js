import { registry } from "@web/core/registry";

import { checkThumb, checkWidth, sign } from "@gov_base/../tests/tours/tour_helpers";

const tours = registry.category("web_tour.tours");

function closed() {
    return { content: "The dialog is closed", trigger: "body:not(:has(.modal))" };
}

// The driver with the phone: look at the vehicle, start, stop, sign.
tours.add("gov_driver_phone", {
    steps: () => [
        {
            content: "The thumb reaches the button",
            trigger: ".o_kanban_record:contains(10001) button[name=action_driver_start]",
            run(helpers) {
                checkWidth();
                checkThumb(helpers);
                return helpers.click();
            },
        },
        {
            content: "The vehicle is looked at first",
            trigger: ".modal .o_kanban_record:contains(Brakes) button[name=action_ok]",
            run(helpers) {
                checkWidth();
                checkThumb(helpers);
                return helpers.click();
            },
        },
        {
            content: "The answer stands there",
            trigger:
                ".modal .o_kanban_record:contains(Brakes) button[name=action_ok].btn-success",
        },
        {
            content: "The rest is in order as well",
            trigger: ".modal button[name=action_all_in_order]",
            run: "click",
        },
        {
            content: "Type the odometer",
            trigger: ".modal .o_field_widget[name=odometer] input",
            run: "edit 10000",
        },
        {
            content: "Start",
            trigger: ".modal .modal-footer button[name=action_done]:visible:contains(Start)",
            run: "click",
        },
        closed(),
        {
            content: "Stop",
            trigger: ".o_kanban_record:contains(10001) button[name=action_driver_stop]",
            run(helpers) {
                checkThumb(helpers);
                return helpers.click();
            },
        },
        {
            content: "Type the odometer",
            trigger: ".modal .o_field_widget[name=odometer] input",
            run: "edit 10042",
        },
        {
            content: "Type the tolls",
            trigger: ".modal .o_field_widget[name=toll_amount] input",
            run: "edit 15",
        },
        {
            content: "Stop",
            trigger: ".modal .modal-footer button[name=action_done]:visible:contains(Stop)",
            run: "click",
        },
        closed(),
        {
            content: "Sign",
            trigger: ".o_kanban_record:contains(10001) button[name=action_driver_sign]",
            run(helpers) {
                checkThumb(helpers);
                return helpers.click();
            },
        },
        ...sign(),
        {
            content: "Sign",
            trigger: ".modal .modal-footer button[name=action_done]:visible:contains(Sign)",
            run: "click",
        },
        closed(),
        {
            content: "Nothing is left to do",
            trigger:
                ".o_kanban_record:contains(10001):not(:has(button[name=action_driver_sign]))",
        },
    ],
});

// The car room's tablet: choose the own name, enter the PIN, start.
tours.add("gov_driver_tablet", {
    steps: () => [
        {
            content: "Choose the own name",
            trigger: ".o_selection_badge:contains(Pai Qian)",
            run(helpers) {
                checkThumb(helpers);
                return helpers.click();
            },
        },
        {
            content: "Enter the PIN",
            trigger: ".o_field_widget[name=pin] input",
            run: "edit 2580",
        },
        {
            content: "Show my trips",
            trigger: "button[name=action_enter]",
            run: "click",
        },
        {
            content: "Start",
            trigger: ".o_kanban_record:contains(10001) button[name=action_start]",
            run: "click",
        },
        {
            content: "All in order",
            trigger: ".modal button[name=action_all_in_order]",
            run: "click",
        },
        {
            content: "Type the odometer",
            trigger: ".modal .o_field_widget[name=odometer] input",
            run: "edit 10000",
        },
        {
            content: "Start",
            trigger: ".modal .modal-footer button[name=action_done]:visible:contains(Start)",
            run: "click",
        },
        {
            content: "The vehicle is out",
            trigger:
                "body:not(:has(.modal)) .o_kanban_record:contains(10001) button[name=action_stop]",
        },
        {
            content: "Give the screen back",
            trigger: "button[name=action_leave]",
            run: "click",
        },
        {
            content: "The next driver chooses",
            trigger: ".o_selection_badge:contains(Pai Qian)",
        },
    ],
});
