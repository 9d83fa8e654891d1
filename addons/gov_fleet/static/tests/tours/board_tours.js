import { registry } from "@web/core/registry";

import { checkWidth } from "@gov_base/../tests/tours/tour_helpers";

const tours = registry.category("web_tour.tours");

function open(place) {
    return {
        content: "A trip waits for a vehicle",
        trigger: `.o_kanban_record:contains(${place}) button[name=action_open_assign]`,
        run: "click",
    };
}

/** The dispatcher chooses ``plate`` and ``driver`` for the trip to ``place``. */
export function dispatch(place, plate, driver, phone) {
    return [
        open(place),
        {
            content: "The best vehicle is chosen already",
            trigger: ".modal .o_field_widget[name=vehicle_id] input:value(/10001/)",
        },
        {
            content: "Choose the vehicle",
            trigger: `.modal .o_data_row:contains(${plate}) button[name=action_choose]`,
            run: "click",
        },
        {
            content: "It is chosen",
            trigger: `.modal .o_field_widget[name=vehicle_id] input:value(/${plate}/)`,
        },
        {
            content: "The drivers",
            // The dialog opens anew, with its first page, when a choice is made.
            trigger:
                ".modal:not(:has(button[name=action_choose]:disabled)) .nav-link[name=drivers]",
            run: "click",
        },
        {
            content: "Choose the driver",
            trigger: `.modal .o_data_row:contains(${driver}) button[name=action_choose]`,
            run: "click",
        },
        {
            content: "Chosen",
            trigger: `.modal .o_field_widget[name=driver_id] input:value(${driver})`,
        },
        {
            content: "Assign",
            trigger: ".modal button[name=action_assign]",
            run: "click",
        },
        {
            content: "The text to send is there: plate, driver, phone",
            trigger: `.modal .o_field_widget[name=dispatch_text]:contains(${plate}):contains(${driver}):contains(${phone})`,
        },
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
            trigger: `.o_kanban_view:not(:has(.o_kanban_record:contains(${place})))`,
        },
    ];
}

// The dispatcher takes another vehicle and driver than those suggested.
tours.add("gov_fleet_dispatch", {
    steps: () => dispatch("Yunlan Town Hall", "岚A·10002", "Jia Yuan", "8002"),
});

// On the phone: open, assign what is suggested, text.
tours.add("gov_fleet_dispatch_phone", {
    steps: () => [
        open("Yunlan Town Hall"),
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

// Whatever day of the week it is, tomorrow is in sight.
const week = [
    {
        content: "From now on",
        trigger: ".oe_timeline_button_today",
        run: "click",
    },
    {
        content: "Look a week ahead",
        trigger: ".oe_timeline_button_scale_week",
        run: "click",
    },
];

function findBoard(node) {
    if (node.component.timeline) {
        return node.component.timeline;
    }
    for (const child of Object.values(node.children)) {
        const found = findBoard(child);
        if (found) {
            return found;
        }
    }
    return null;
}

/** What the timeline does when an item is let go in another row, half an hour off. */
function drop(name, label) {
    return () => {
        const { itemSet } = findBoard(odoo.__WOWL_DEBUG__.root.__owl__);
        const find = (rows, text, content) =>
            Object.values(rows).find((row) => content(row).includes(text));
        const item = find(itemSet.items, name, (row) => row.data.content);
        const group = find(itemSet.groups, label, (row) => row.dom.inner.textContent);
        const half = 30 * 60 * 1000;
        const moved = {
            ...item.data,
            group: group.groupId,
            start: new Date(item.data.start.valueOf() + half),
            end: new Date(item.data.end.valueOf() + half),
        };
        itemSet.options.onMove(moved, () => {});
    };
}

// Dragged onto a vehicle that is free, and onto one that is taken.
tours.add("gov_fleet_board_drag", {
    steps: () => [
        ...week,
        {
            content: "Drag the trip onto a free vehicle",
            trigger: ".vis-item:contains(Party School)",
            run: drop("Party School", "10002"),
        },
        {
            content: "The server has it: it lies in the row of the vehicle",
            trigger: ".vis-foreground > .vis-group:eq(2) .vis-item:contains(Party School)",
        },
        ...week,
        {
            content: "Drag the other one onto a taken vehicle",
            trigger: ".vis-item:contains(Yunlan Town Hall)",
            run: drop("Yunlan Town Hall", "10001"),
        },
        {
            content: "The server says what is in the way",
            trigger: ".modal:contains(岚A·10001)",
        },
        {
            content: "Close",
            trigger: ".modal footer button",
            run: "click",
        },
        {
            content: "It is back",
            trigger: "body:not(:has(.modal)) .vis-item:contains(Yunlan Town Hall)",
        },
    ],
});

// The board: assigned trips in the row of their vehicle, a row for each idle one.
tours.add("gov_fleet_board", {
    steps: () => [
        ...week,
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
