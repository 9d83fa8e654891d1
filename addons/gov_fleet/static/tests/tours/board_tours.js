import { registry } from "@web/core/registry";

import { checkWidth } from "@gov_base/../tests/tours/tour_helpers";

const tours = registry.category("web_tour.tours");

const open = {
    content: "A trip waits for a vehicle",
    trigger:
        ".o_kanban_record:contains(Yunlan Town Hall) button[name=action_open_assign]",
    run: "click",
};

const text = {
    content: "The text to send is there: plate, driver, phone",
    trigger:
        ".modal .o_field_widget[name=dispatch_text]:contains(岚A·10002):contains(Jia Yuan):contains(8002)",
};

// The dispatcher takes another vehicle and driver than those suggested.
tours.add("gov_fleet_dispatch", {
    steps: () => [
        open,
        {
            content: "The best vehicle is chosen already",
            trigger: ".modal .o_field_widget[name=vehicle_id] input:value(/10001/)",
        },
        {
            content: "Choose the other sedan",
            trigger:
                ".modal .o_data_row:contains(10002) button[name=action_choose]",
            run: "click",
        },
        {
            content: "It is chosen",
            trigger: ".modal .o_field_widget[name=vehicle_id] input:value(/10002/)",
        },
        {
            content: "The drivers",
            trigger: ".modal .nav-link[name=drivers]",
            run: "click",
        },
        {
            content: "Choose the other driver",
            trigger:
                ".modal .o_data_row:contains(Jia Yuan) button[name=action_choose]",
            run: "click",
        },
        {
            content: "Chosen",
            trigger: ".modal .o_field_widget[name=driver_id] input:value(Jia Yuan)",
        },
        {
            content: "Assign",
            trigger: ".modal button[name=action_assign]",
            run: "click",
        },
        text,
        {
            content: "It can be copied",
            trigger: ".modal .o_field_widget[name=dispatch_text] .o_clipboard_button",
            run: "click",
        },
        {
            content: "Close",
            trigger: ".modal footer button.btn:contains(/Close|关闭/)",
            run: "click",
        },
        {
            content: "Nothing waits any more",
            trigger: ".o_kanban_view:not(:has(.o_kanban_record:contains(Yunlan)))",
        },
    ],
});

// On the phone: open, assign what is suggested, text.
tours.add("gov_fleet_dispatch_phone", {
    steps: () => [
        open,
        {
            content: "Suggested: assign",
            trigger: ".modal button[name=action_assign]",
            run: () => checkWidth(),
        },
        {
            content: "Assign",
            trigger: ".modal button[name=action_assign]",
            run: "click",
        },
        {
            content: "The text to send is there",
            trigger: ".modal .o_field_widget[name=dispatch_text]:contains(岚A·10001)",
        },
    ],
});

// The board: assigned trips in the row of their vehicle, a row for each idle one.
tours.add("gov_fleet_board", {
    steps: () => [
        {
            content: "The trip stands on the board",
            trigger: ".vis-item:contains(Yunlan Town Hall · General Office)",
        },
        {
            content: "A vehicle without any trip has a row",
            trigger: ".vis-labelset .vis-label:contains(岚A·10004)",
        },
        {
            content: "What is allocated to a section has none",
            trigger: ".vis-labelset:not(:has(.vis-label:contains(岚A·10005)))",
        },
        {
            content: "As a calendar",
            trigger: ".o_switch_view.o_calendar",
            run: "click",
        },
        { content: "The calendar", trigger: ".o_calendar_view" },
    ],
});
