import { registry } from "@web/core/registry";

import { checkWidth, choose, state, told, upload } from "@gov_base/../tests/tours/tour_helpers";

const tours = registry.category("web_tour.tours");

// The secretariat names the matter, the leader and the time.
function begin(leader) {
    return [
        { content: "New", trigger: ".o_list_button_add", run: "click" },
        {
            content: "The number on the paper",
            trigger: ".o_field_widget[name=number] input",
            run: (helpers) => helpers.edit(told("gov_number")),
        },
        ...choose("leader_id", leader),
        {
            content: "Just now, unless it is changed",
            trigger: ".o_field_widget[name=decided_at]",
            run({ anchor }) {
                const input = anchor.querySelector("input");
                if (!(anchor.textContent.trim() || input?.value)) {
                    throw new Error("The time is empty.");
                }
            },
        },
    ];
}

const record = [
    { content: "Record it", trigger: "button[name=action_record]", run: "click" },
    {
        content: "Until when the leader confirms is said",
        trigger: ".o_field_widget[name=deadline]",
    },
    state("recorded"),
];

tours.add("gov_offline_phone_call", {
    steps: () => [
        ...begin("Cheng Xiaolan"),
        {
            content: "By phone",
            trigger: ".o_field_widget[name=channel] input[data-value=phone]",
            run: "click",
        },
        {
            content: "The call note",
            trigger: ".o_field_widget[name=call_note] textarea",
            run: "edit Wen Shu called Cheng Xiaolan, who agreed to three packs.",
        },
        ...record,
    ],
});

tours.add("gov_offline_paper", {
    steps: () => [
        ...begin("Han Suqin"),
        {
            content: "The scan of the signed paper",
            trigger: ".o_field_widget[name=scan] input[type=file]:not(:visible)",
            run: (helpers) =>
                upload(helpers, "signed.pdf", "application/pdf", told("gov_scan")),
        },
        {
            content: "It is there",
            trigger: ".o_field_widget[name=scan] :value(signed.pdf)",
        },
        ...record,
    ],
});

// The leader confirms with one tap.
tours.add("gov_offline_confirm_phone", {
    steps: () => [
        {
            content: "What, when and how stands on the card",
            trigger: ".o_kanban_record:contains(/Han Suqin|Cheng Xiaolan/)",
            run: checkWidth,
        },
        {
            content: "It was so",
            trigger: ".o_kanban_record [name=action_confirm]",
            run: "click",
        },
        {
            content: "Nothing is left to confirm",
            trigger: ".o_kanban_record:not(:has([name=action_confirm]))",
        },
    ],
});
