import { registry } from "@web/core/registry";

import { state } from "@gov_base/../tests/tours/tour_helpers";

const tours = registry.category("web_tour.tours");

// Type a value into a cell of the editable list.
function fill(row, name, value) {
    return [
        {
            content: `Choose ${name}`,
            trigger: `[name=line_ids] .o_data_row:contains(${row}) td[name=${name}]`,
            run: "click",
        },
        {
            content: `Enter ${value}`,
            trigger: `[name=line_ids] .o_selected_row:contains(${row}) td[name=${name}] input`,
            run: `edit ${value}`,
        },
    ];
}

function save(wait) {
    return [
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "It is saved", trigger: wait || ".o_form_saved" },
    ];
}

// The dispatcher numbers the strips, enters the readings and seals.
tours.add("gov_sealing_seal", {
    steps: () => [
        {
            content: "Open the list",
            trigger: ".o_data_row td[name=name]:contains(Test Festival)",
            run: "click",
        },
        {
            content: "Number the strips",
            trigger: "button[name=action_number_strips]",
            run: "click",
        },
        {
            content: "They have their numbers",
            trigger: "[name=line_ids] .o_data_row:contains(10001):contains(A00126)",
        },
        ...fill("10001", "odometer_in", 10000),
        ...fill("10002", "odometer_in", 10000),
        ...save(),
        { content: "Seal", trigger: "button[name=action_seal]", run: "click" },
        state("sealed"),
        {
            content: "The list has its number",
            trigger: ".o_field_widget[name=number]:contains(车封)",
        },
    ],
});

// On the first day back the odometers are read again: one differs.
tours.add("gov_sealing_unseal", {
    steps: () => [
        {
            content: "Open the list",
            trigger: ".o_data_row td[name=name]:contains(Test Festival)",
            run: "click",
        },
        ...fill("10001", "odometer_out", 10038),
        ...fill("10002", "odometer_out", 10000),
        ...save(),
        { content: "Unseal", trigger: "button[name=action_unseal]", run: "click" },
        state("unsealed"),
        {
            content: "The difference stands there",
            trigger:
                "[name=line_ids] .o_data_row:contains(10001) td[name=difference]:contains(38)",
        },
    ],
});

// Supervision finds it among the findings.
tours.add("gov_sealing_finding", {
    steps: () => [
        {
            content: "The finding is there",
            trigger: ".o_kanban_record:contains(10001), .o_data_row:contains(10001)",
            run: "click",
        },
        {
            content: "With its evidence",
            trigger: ".o_field_widget[name=evidence]:contains(38)",
        },
    ],
});

// Supervision enters a spot check on the phone.
tours.add("gov_sealing_spot_check_phone", {
    steps: () => [
        {
            content: "New",
            trigger: ".o-kanban-button-new, .o_list_button_add",
            run: "click",
        },
        {
            content: "The vehicle",
            trigger: ".o_field_widget[name=vehicle_id] input",
            run: "click",
        },
        {
            content: "Choose it",
            trigger: ".modal .o_kanban_record:contains(10001)",
            run: "click",
        },
        {
            content: "Where it stands",
            trigger: ".o_field_widget[name=place] input",
            run: "edit Yard",
        },
        ...save(".o_field_widget[name=checked_by_id]"),
    ],
});
