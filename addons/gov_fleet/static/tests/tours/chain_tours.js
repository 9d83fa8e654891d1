import { registry } from "@web/core/registry";

import { checkWidth, told } from "@gov_base/../tests/tours/tour_helpers";
import { dispatch } from "./board_tours";

const tours = registry.category("web_tour.tours");

// What stands between the request (gov_vehicle_ask_phone, gov_vehicle_agree_phone),
// the trip (gov_driver_phone) and the account.

tours.add("gov_chain_dispatch", {
    steps: () => dispatch("Tour hospital", "岚A·10001", "Jia Shi", "8001"),
});

// Who asked for the vehicle confirms the trip with one tap on the phone.
tours.add("gov_chain_confirm_phone", {
    steps: () => [
        {
            content: "Vehicle, driver and km stand on the card",
            trigger:
                ".o_kanban_record:contains(10001):contains(Jia Shi):contains(42):contains(Tour hospital) button[name=action_confirm_mine]",
            run(helpers) {
                checkWidth();
                return helpers.click();
            },
        },
        {
            content: "Nothing is left to confirm",
            trigger: ".o_kanban_view:not(:has(.o_kanban_record:contains(10001)))",
        },
    ],
});

// The manager of vehicles looks at the account of this month.
tours.add("gov_chain_account", {
    steps: () => [
        {
            content: "The month before is shown first: show all",
            trigger: ".o_searchview_facet .o_facet_remove",
            run: "click",
        },
        {
            content: "The vehicle's month: its km, its tolls and what it cost",
            trigger: ".o_data_row:contains(10001) td[name=month_name]",
            run({ anchor }) {
                const row = anchor.closest("tr");
                const read = (name) =>
                    row.querySelector(`td[name=${name}]`).textContent.trim();
                const shown = [
                    read("month_name"),
                    read("trips"),
                    parseFloat(read("km")),
                    parseFloat(read("toll_amount").replace(/[^0-9.]/g, "")),
                    parseFloat(read("cost").replace(/[^0-9.]/g, "")),
                ].join(" ");
                const wanted = `${told("gov_month")} 1 42 15 15`;
                if (shown !== wanted) {
                    throw new Error(`The account shows ${shown}, not ${wanted}.`);
                }
            },
        },
    ],
});
