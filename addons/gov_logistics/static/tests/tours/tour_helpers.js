export * from "@gov_base/../tests/tours/tour_helpers";
