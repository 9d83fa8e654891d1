// Words of the framework that its own Chinese translation leaves in English.
//
// Nothing runs here and no bundle loads it: the export of terms finds these words, and
// what an add-on translates holds for the framework as well.
import { _t } from "@web/core/l10n/translation";

export const terms = [
    _t("Missing required fields"),
    _t("Are you sure you want to delete the selected record?"),
    _t("Are you sure you want to delete the %(nbSelected)s selected records?"),
    _t("Are you sure you want to update %(count)s records?"),
    _t(
        "Among the %(total)s selected records, %(valid_count)s are valid for this update."
    ),
    _t("Custom range"),
    _t("Month to date"),
    _t("Year to date"),
    _t("My Preferences"),
    _t("before"),
    _t("between"),
    _t("empty"),
    _t("greater or equal to"),
    _t("lower or equal to"),
    _t("lower than"),
    _t("Add nested rule"),
    _t("Select one or several criteria"),
    _t('Press "Enter" to add criterion'),
    _t("Show options"),
    _t("No settings found"),
    _t("Lack of inspiration?"),
    _t("Try searching for another keyword"),
    _t("Caps Lock is on!"),
    _t("Conversations"),
    _t("Search conversations"),
    _t("Out-of-office message"),
    _t("Tracked Changes"),
    _t("Starred message"),
    _t("Starred messages"),
    _t("Add Star"),
    _t("Remove Star"),
    _t("Filter Messages"),
    _t("Discard editing"),
    _t("Invite people or email"),
    _t("No content."),
    _t("1 other"),
    _t("%s others"),
];
