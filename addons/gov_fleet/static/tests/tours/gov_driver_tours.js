import { registry } from "@web/core/registry";

import { checkWidth, sign } from "@gov_base/../tests/tours/tour_helpers";

const tours = registry.category("web_tour.tours");

// A button for the thumb is as high as a finger is wide.
function checkSize({ anchor }) {
    if (anchor.getBoundingClientRect().height < 44) {
        throw new Error("The button is too small for the thumb.");
    }
}

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
                checkSize(helpers);
                return helpers.click();
            },
        },
        {
            content: "The vehicle is looked at first: something about the papers",
            trigger: ".modal .o_kanban_record:contains(Licence book)",
            run(helpers) {
                checkWidth();
                checkSize(helpers);
                return helpers.click();
            },
        },
        {
            content: "Not in order",
            trigger: ".modal .o_field_widget[name=answer] input[data-value=bad]",
            run: "click",
        },
        {
            content: "Say what",
            trigger: ".modal .o_field_widget[name=note] input:last",
            run: "edit Fuel card is with the clerk",
        },
        {
            content: "Take it over",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "It stands there; the rest is in order",
            trigger: ".modal:has(.text-danger:contains(Fuel card)) button:contains(The rest is in order)",
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
                checkSize(helpers);
                return helpers.click();
            },
        },
        {
            content: "Type the odometer",
            trigger: ".modal .o_field_widget[name=odometer] input",
            run: "edit 10042 && click .modal-title",
        },
        {
            content: "Type the tolls",
            trigger: ".modal .o_field_widget[name=toll_amount] input",
            run: "edit 15 && click .modal-title",
        },
        {
            content: "They stand there",
            trigger: ".modal .o_field_widget[name=toll_amount] input:value(15)",
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
                checkSize(helpers);
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
                checkSize(helpers);
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
            trigger: ".modal button[name=action_check]:contains(All in order)",
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
