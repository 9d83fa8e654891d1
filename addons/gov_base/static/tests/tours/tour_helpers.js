// What several tours of this add-on share.

/** The state of the document in the status bar, also of the phone's menu. */
export function state(value, shown = "") {
    return {
        content: `The document is ${value}`,
        trigger: `.o_statusbar_status .o_arrow_button_current[data-value=${value}]${shown}`,
    };
}

/** As above on a phone, where the states stand in a menu of their own. */
export function statePhone(value) {
    return state(value, ":not(:visible)");
}

/** Draw one stroke on the signature pad, as a finger or a pen does. */
export function draw({ anchor }) {
    const box = anchor.getBoundingClientRect();
    const at = (type, x, y, target, pressed) =>
        target.dispatchEvent(
            new PointerEvent(type, {
                bubbles: true,
                cancelable: true,
                isPrimary: true,
                pointerId: 1,
                button: 0,
                buttons: pressed ? 1 : 0,
                pressure: 0.5,
                clientX: box.x + box.width * x,
                clientY: box.y + box.height * y,
            })
        );
    at("pointerdown", 0.2, 0.5, anchor, true);
    for (const step of [0.3, 0.5, 0.7]) {
        at("pointermove", step, step, window, true);
    }
    at("pointerup", 0.8, 0.4, window, false);
}

/** The steps in which the receiver signs in the dialog that is open. */
export function sign() {
    return [
        {
            content: "Let the receiver sign",
            trigger: ".modal .o_field_widget[name=signature] .o_signature",
            run: "click",
        },
        {
            content: "No typed signature is offered, only a drawn one",
            trigger:
                ".modal .o_web_sign_name_and_signature:not(:has(.o_web_sign_auto_button))",
        },
        {
            content: "They draw",
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
    ];
}

/** The steps that choose ``label`` in the many2one ``name``. */
export function choose(name, label, where = "") {
    return [
        {
            content: `Look for ${label}`,
            trigger: `${where} .o_field_widget[name=${name}] input`,
            run: `edit ${label}`,
        },
        {
            content: `Choose ${label}`,
            trigger: `.o-autocomplete--dropdown-item:contains(${label})`,
            run: "click",
        },
        {
            content: `${label} is chosen`,
            trigger: `${where} .o_field_widget[name=${name}] input:value(${label})`,
        },
    ];
}

/** Throw unless everything fits on the width of the phone. */
export function checkWidth() {
    if (document.documentElement.scrollWidth > window.innerWidth) {
        throw new Error("The screen is wider than the phone.");
    }
}

/** Throw unless the thumb reaches the element. */
export function checkThumb({ anchor }) {
    if (anchor.getBoundingClientRect().top < window.innerHeight / 2) {
        throw new Error("The thumb does not reach the button.");
    }
}

/** What the test told the tour: the number of the matter, say. */
export function told(name) {
    const cookie = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
    return decodeURIComponent(cookie.slice(name.length + 1));
}

/** Put a file into the file input ``anchor``. */
export function upload({ anchor }, name, type, base64) {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, { type }));
    anchor.files = data.files;
    anchor.dispatchEvent(new Event("change", { bubbles: true }));
}
