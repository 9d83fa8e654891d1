import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

// The liaison of a served unit reports a fault.
tours.add("gov_portal_request", {
    steps: () => [
        {
            content: "Report",
            trigger: "a.o_gov_new",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "What",
            trigger: "form.o_gov_report input[name=name]",
            run: "edit Lamp is out",
        },
        {
            content: "Where",
            trigger: "form.o_gov_report input[name=place]",
            run: "edit Archive hall",
        },
        {
            content: "Phone",
            trigger: "form.o_gov_report input[name=caller_phone]",
            run: "edit 8123",
        },
        {
            content: "Send",
            trigger: "form.o_gov_report button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It stands there",
            trigger: "h3.o_gov_request:contains(Lamp is out)",
        },
    ],
});

// The liaison looks at the statement of a period and confirms it.
tours.add("gov_portal_statement", {
    steps: () => [
        {
            content: "Open the statement",
            trigger: "a.list-group-item:contains(Guards for the archives)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Confirm",
            trigger: "form.o_gov_confirm button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Confirmed",
            trigger: ".alert-success",
        },
    ],
});
