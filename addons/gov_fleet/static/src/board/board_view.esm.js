import {TimelineView} from "@web_timeline/views/timeline/timeline_view.esm";
import {registry} from "@web/core/registry";

const {DateTime} = luxon;

// More windows than this nobody reads on one screen.
const MOST_WINDOWS = 3000;
const QUARTER = 15 * 60 * 1000;

const CLOCK = {hour: "2-digit", minute: "2-digit", hourCycle: "h23"};
const DAY = {weekday: "short", day: "numeric"};
const MONTH = {month: "long", year: "numeric"};
const MINOR_LABELS = {
    minute: CLOCK,
    hour: CLOCK,
    weekday: DAY,
    day: DAY,
    week: {day: "numeric"},
    month: {month: "short"},
    year: {year: "numeric"},
};
const MAJOR_LABELS = {
    minute: {...DAY, month: "long"},
    hour: {...DAY, month: "long"},
    weekday: MONTH,
    day: MONTH,
    week: MONTH,
    month: {year: "numeric"},
};

/** The grid of the timeline follows the clock of the browser. */
function label(date, format) {
    const moment = DateTime.fromMillis(date.valueOf(), {zone: "system"});
    return format ? moment.toLocaleString(format) : "";
}

export class BoardController extends TimelineView.Controller {
    /** Into another row is an assignment: the time stays what was asked for. */
    _onMove(item, callback) {
        const record = this.model.data.find((row) => row.id === item.id);
        const value = record && record[this.model.last_group_bys[0]];
        if (record && item.group !== (value ? value[0] : -1)) {
            const [start, end] = this.model._get_event_dates(record);
            item.start = start.toJSDate();
            item.end = end.toJSDate();
        }
        return super._onMove(item, callback);
    }

    /** What the server refuses goes back to where it was. */
    async internalMove() {
        const queue = this.moveQueue.slice();
        this.moveQueue = [];
        try {
            while (queue.length) {
                const {id, data, item, callback} = queue[0];
                await this.model.write_completed(id, data);
                callback(item);
                queue.shift();
            }
        } finally {
            for (const {callback} of queue) {
                callback(null);
            }
            await this.model.load(this.getSearchProps());
            this.render();
        }
    }
}

export class BoardModel extends TimelineView.Model {
    setup() {
        super.setup(...arguments);
        const {orm} = this;
        // The base model reads without a limit and asks for rights by an old name.
        this.orm = Object.assign(Object.create(orm), {
            call: (model, method, args, kwargs) => {
                if (method === "check_access_rights") {
                    return orm.call(model, "has_access", [[], args[0]]);
                }
                const limit = method === "search_read" ? {limit: MOST_WINDOWS} : {};
                return orm.call(model, method, args, {...limit, ...kwargs});
            },
        });
    }
}

/** Vehicles and drivers without any window have a row, too: a trip is dragged there. */
export class BoardRenderer extends TimelineView.Renderer {
    init_timeline() {
        // By itself it would snap to noon and midnight in a week.
        this.options.snap = (date) => new Date(Math.round(date / QUARTER) * QUARTER);
        // Its own names of days and months are English.
        this.options.format = {
            minorLabels: (date, scale) => label(date, MINOR_LABELS[scale]),
            majorLabels: (date, scale) => label(date, MAJOR_LABELS[scale]),
        };
        super.init_timeline();
    }

    async split_groups(records) {
        const groups = await super.split_groups(records);
        const field = this.model.last_group_bys[0];
        if (!["vehicle_id", "driver_id"].includes(field)) {
            return groups;
        }
        const rows = await this.orm.call(this.model.model_name, "action_board_rows", [
            field,
        ]);
        const known = new Map(groups.map((group) => [group.id, group]));
        rows.forEach(([id, content], index) => {
            const group = known.get(id) || {id, content};
            Object.assign(group, {content, order: index + 1});
            if (!known.has(id)) {
                groups.push(group);
            }
        });
        return groups;
    }
}

registry.category("views").add("gov_vehicle_board", {
    ...TimelineView,
    Controller: BoardController,
    Model: BoardModel,
    Renderer: BoardRenderer,
});
