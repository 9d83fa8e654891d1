import { registry } from "@web/core/registry";
import { checkThumb, checkWidth, draw } from "@gov_base/../tests/tours/tour_helpers";

const tours = registry.category("web_tour.tours");

/** Throw unless the element fits on the width of the phone. */
function checkFits({ anchor }) {
    if (anchor.getBoundingClientRect().right > window.innerWidth) {
        throw new Error("The element is wider than the phone.");
    }
}

// The person reads and signs the notice on the phone, and appeals.
tours.add("gov_points_person_phone", {
    steps: () => [
        {
            content: "The total stands on top",
            trigger: ".o_form_view .o_field_widget[name=total]:contains(4)",
            run: checkWidth,
        },
        {
            content: "The thumb reaches the button",
            trigger: "button[name=action_open_to_sign]",
            run: checkThumb,
        },
        {
            content: "Open the notice",
            trigger: "button[name=action_open_to_sign]",
            run: "click",
        },
        {
            content: "It says what happened",
            trigger: ".o_form_view .o_field_widget[name=facts]:contains(stove)",
            run: checkWidth,
        },
        {
            content: "Read and sign",
            trigger: "button[name=action_open_sign]",
            run: "click",
        },
        {
            content: "The points stand above the signature",
            trigger: ".modal .o_field_widget[name=paper_text]:contains(4)",
        },
        {
            content: "The pad fits the phone",
            trigger: ".modal .o_field_widget[name=signature] .o_signature",
            run: checkFits,
        },
        {
            content: "Sign",
            trigger: ".modal .o_field_widget[name=signature] .o_signature",
            run: "click",
        },
        {
            content: "Draw",
            trigger: ".modal canvas.o_web_sign_signature",
            run: draw,
        },
        {
            content: "Take the signature over",
            trigger:
                ".modal:has(.o_web_sign_name_and_signature) .modal-footer .btn-primary:enabled",
            run: "click",
        },
        {
            content: "It stands on the dialog",
            trigger: ".modal .o_field_widget[name=signature] img.o_signature",
        },
        {
            content: "Sign for receipt",
            trigger: ".modal button[name=action_confirm]:visible",
            run: "click",
        },
        {
            content: "The clock runs: the right of appeal is offered",
            trigger: ".o_form_view button[name=action_open_appeal]",
            run: "click",
        },
        {
            content: "Who will decide is named",
            trigger: ".o_form_view .o_field_widget[name=body_text]:contains(Lu Qiming)",
            run: checkWidth,
        },
        {
            content: "Say why",
            trigger: ".o_field_widget[name=grounds] textarea",
            run: "edit I was sent to fetch the goods",
        },
        {
            content: "Submit",
            trigger: "button[name=action_submit]",
            run: "click",
        },
        {
            content: "It has its number",
            trigger: ".o_form_view .o_field_widget[name=number]:contains(诉)",
        },
    ],
});

// The head of the institution decides on the phone: two taps and a stock phrase.
tours.add("gov_points_head_phone", {
    steps: () => [
        {
            content: "Open what waits for me",
            trigger: ".o_kanban_record:contains(诉)",
            run: "click",
        },
        {
            content: "The person's grounds stand there",
            trigger: ".o_form_view .o_field_widget[name=grounds]:contains(It was not me)",
            run: checkWidth,
        },
        {
            content: "The thumb reaches the button",
            trigger: "button[name=action_open_decide]",
            run: checkThumb,
        },
        {
            content: "Decide",
            trigger: "button[name=action_open_decide]",
            run: "click",
        },
        {
            content: "Reduce it",
            trigger: ".modal .o_field_widget[name=outcome] .o_selection_badge:nth-child(2)",
            run: "click",
        },
        {
            content: "To two points; nothing higher than the score is offered",
            trigger:
                ".modal .o_field_widget[name=score_id]:not(:contains(6)) .o_selection_badge:contains(2)",
            run: "click",
        },
        {
            content: "A stock phrase",
            trigger:
                ".modal .o_field_widget[name=phrase_id] .o_selection_badge:contains(酌情)",
            run: "click",
        },
        {
            content: "It stands in the grounds",
            trigger: ".modal .o_field_widget[name=grounds] textarea:value(酌情)",
        },
        {
            content: "Decide",
            trigger: ".modal button[name=action_confirm]:visible",
            run: "click",
        },
        {
            content: "It is decided and numbered",
            trigger: ".o_form_view .o_field_widget[name=decision_number]:contains(复)",
        },
    ],
});
