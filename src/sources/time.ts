/** No coating line of this kind was sampled before, and no plant plans beyond: outside lies a clock not set. */
const earliest_ms = Date.UTC(2000, 0, 1);
const latest_ms = Date.UTC(2100, 0, 1);

/** Whether a device's time (ms since 1970) can be meant; NaN can't. */
export const isPlausibleTime = (time_ms: number): boolean => time_ms >= earliest_ms && time_ms < latest_ms;
