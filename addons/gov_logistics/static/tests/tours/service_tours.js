import { registry } from "@web/core/registry";

import { state } from "./tour_helpers";

const tours = registry.category("web_tour.tours");

// The state on a phone: in the bar or in its menu, as there is room.
function stateOnPhone(value) {
    const current = `.o_arrow_button_current[data-value=${value}]`;
    return {
        content: `The request is ${value}`,
        trigger: `${current}:visible, ${current}:not(:visible)`,
    };
}

// The desk takes a call in one line and sends somebody.
tours.add("gov_service_call", {
    steps: () => [
        {
            content: "One line, as the caller says it",
            trigger: ".modal .o_field_widget[name=line] input",
            run: "edit 2号楼305 灯不亮 张三 8001 && press Tab",
        },
        {
            content: "The line was understood: the caller",
            trigger: ".modal .o_field_widget[name=caller_name] input:value(张三)",
        },
        {
            content: "The phone",
            trigger: ".modal .o_field_widget[name=caller_phone] input:value(8001)",
        },
        {
            content: "The room",
            trigger: ".modal .o_field_widget[name=room_id] input:value(305)",
        },
        {
            content: "Take the call",
            trigger: ".modal button[name=action_take]:visible",
            run: "click",
        },
        {
            content: "The reply to copy stands there",
            trigger: ".modal .o_field_widget[name=reply_text]:contains(机服修)",
        },
        {
            content: "With a button to copy it",
            trigger: ".modal .o_field_widget[name=reply_text] .o_clipboard_button",
        },
        {
            content: "Whom to send",
            trigger: ".modal button[name=action_dispatch]:visible",
            run: "click",
        },
        {
            content: "Somebody is suggested",
            trigger: ".modal .o_field_widget[name=user_id] input:value(Tao Shan)",
        },
        {
            content: "Send them",
            trigger: ".modal button[name=action_apply]:visible",
            run: "click",
        },
        { content: "Sent", trigger: "body:not(:has(.modal))" },
    ],
});

// The repairer on a phone: accept, arrive, finish.
tours.add("gov_service_repair_phone", {
    steps: () => [
        {
            content: "Accept on the card",
            trigger: ".o_kanban_record:contains(灯不亮) button[name=action_accept]",
            run: "click",
        },
        {
            content: "Arrived, on the card too",
            trigger: ".o_kanban_record:contains(灯不亮) button[name=action_arrive]",
            run: "click",
        },
        {
            content: "On the spot: neither button is there any more",
            trigger: ".o_kanban_record:contains(灯不亮):not(:has(button[name]))",
        },
        {
            content: "Open it",
            trigger: ".o_kanban_record span:contains(灯不亮)",
            run: "click",
        },
        stateOnPhone("arrived"),
        {
            content: "The page is not wider than the phone",
            trigger: ".o_form_view",
            run: () => {
                if (document.documentElement.scrollWidth > window.innerWidth) {
                    throw new Error("The form is wider than the phone");
                }
            },
        },
        {
            content: "Finish",
            trigger: ".o_statusbar_buttons button:contains(Finish):visible, .o_statusbar_buttons button.btn-primary:visible",
            run: "click",
        },
        {
            content: "What was done",
            trigger: ".modal .o_field_widget[name=text]:visible textarea",
            run: "edit 换灯管一支",
        },
        {
            content: "Done",
            trigger: ".modal button[name=action_apply]:visible",
            run: "click",
        },
        stateOnPhone("done"),
    ],
});

// An employee asks for a repair in their own name.
tours.add("gov_service_employee", {
    steps: () => [
        { content: "New", trigger: ".o_list_button_add", run: "click" },
        {
            content: "What is broken",
            trigger: ".o_field_widget[name=name] input, .o_field_widget[name=name] textarea",
            run: "edit 水龙头漏水",
        },
        {
            content: "Where",
            trigger: ".o_field_widget[name=place] input",
            run: "edit 二楼开水间",
        },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        state("new"),
        {
            content: "It has its number",
            trigger: ".o_field_widget[name=number]:contains(机服修)",
        },
        {
            content: "Nothing to dispatch for the requester",
            trigger: ".o_statusbar_buttons:not(:has(button[name=action_accept]))",
        },
    ],
});
