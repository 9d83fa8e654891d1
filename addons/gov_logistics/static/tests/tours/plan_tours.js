import { registry } from "@web/core/registry";

import { checkThumb, checkWidth, choose, sign, state, statePhone } from "@gov_base/../tests/tours/tour_helpers";

const tours = registry.category("web_tour.tours");

// The liaison types for a colleague and hands in to the plan of the month.
tours.add("gov_plan_hand_in", {
    steps: () => [
        {
            content: "A purchase it is already",
            trigger: ".o_field_widget[name=kind] input[data-value=purchase]:checked",
        },
        ...choose("employee_id", "Bai Jing"),
        {
            content: "Add a line",
            trigger: ".o_field_widget[name=line_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        ...choose("product_id", "Visitor chair", ".o_selected_row"),
        {
            content: "Two of them",
            trigger: ".o_selected_row .o_field_widget[name=quantity] input",
            run: "edit 2",
        },
        {
            content: "Into the plan of this month",
            trigger: "button[name=action_add_to_plan]",
            run: "click",
        },
        {
            content: "The plan is named",
            trigger: ".o_field_widget[name=plan_id]:contains(2026年11月)",
        },
        {
            content: "It can still be taken out",
            trigger: "button[name=action_leave_plan]",
        },
        { content: "Hand in", trigger: "button[name=action_submit]", run: "click" },
        {
            content: "The section head has it",
            trigger: ".o_field_widget[name=waiting_for]:contains(Cheng Xiaolan)",
        },
        state("submitted"),
    ],
});

// The section head sees on the phone that it goes to the plan, and agrees.
tours.add("gov_plan_head_phone", {
    steps: () => [
        {
            content: "Open what waits for me",
            trigger: ".o_kanban_record:contains(Visitor chair)",
            run: "click",
        },
        {
            content: "Plan and sum stand there",
            trigger:
                ".o_form_view:has([name=plan_id]:contains(2026年11月)) [name=amount_approved]:contains(1,800.00)",
            run: checkWidth,
        },
        {
            content: "The thumb reaches the button",
            trigger: "button[name=action_approve]",
            run: checkThumb,
        },
        { content: "Agree", trigger: "button[name=action_approve]", run: "click" },
        {
            content: "Nothing is left to decide",
            trigger: ".o_form_view:not(:has(button[name=action_approve]))",
        },
        statePhone("to_merge"),
    ],
});

// The clerk merges what was handed in.
tours.add("gov_plan_merge", {
    steps: () => [
        {
            content: "Open the plan of the month",
            trigger: ".o_data_row:contains(2026年11月) td[name=hand_in_date]",
            run: "click",
        },
        {
            content: "Two departments have handed in",
            trigger: "[name=request_ids] .o_data_row:nth-child(2)",
        },
        {
            content: "Which have not is named",
            trigger: "[name=missing_departments]:contains(Leadership)",
        },
        { content: "Merge", trigger: "button[name=action_merge]", run: "click" },
        {
            content: "Yes",
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "One request for all of it stands there",
            trigger: ".o_field_widget[name=number]:contains(机服购)",
        },
        {
            content: "It says where it comes from",
            trigger: ".o_field_widget[name=plan_id]:contains(2026年11月)",
        },
        state("submitted"),
    ],
});

// The store hands out what has arrived, department by department.
tours.add("gov_plan_distribute", {
    steps: () => [
        {
            content: "Open the plan of the month",
            trigger: ".o_data_row:contains(2026年11月) td[name=hand_in_date]",
            run: "click",
        },
        {
            content: "Open the distribution list",
            trigger: "button[name=action_open_distribution]",
            run: "click",
        },
        {
            content: "The first department by rank stands there with its goods",
            trigger:
                ".modal [name=line_ids]:not(:has(.o_data_row ~ .o_data_row)) [name=qty_to_distribute]:contains(2)",
        },
        ...sign(),
        {
            content: "Hand out",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "The next department is offered, unsigned",
            trigger:
                ".modal:not(:has(img.o_signature)) [name=line_ids] .o_data_row [name=qty_to_distribute]:contains(1)",
        },
        {
            content: "They have not come yet",
            trigger: ".modal .modal-footer button.btn-secondary",
            run: "click",
        },
        {
            content: "See the distribution",
            trigger: ".o_notebook .nav-link[name=distribution]",
            run: "click",
        },
        {
            content: "Two are out",
            trigger: "[name=line_ids] .o_data_row:first-child [name=qty_issued]:contains(2)",
        },
        state("approved"),
    ],
});
