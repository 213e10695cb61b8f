import type { Random } from '../src/core/random.ts';
import { type CoaterState, createCoater } from './coater/machine.ts';
import type { Emission } from './emission.ts';
import { clockWithJumps, type PhysicalFaults, physicalFaults } from './faults/physical.ts';
import { createGauge, type Gauge, type GaugeSetting } from './gauge/gauge.ts';
import { createHead, type Deposit } from './physics/head.ts';
import { createOtherSide } from './physics/other-side.ts';
import { type Patch, patchPlaces } from './physics/patch.ts';
import { crossWebShape } from './physics/profile.ts';
import { type Schedule, type Segment, settingsOf } from './scenario/schedule.ts';
import { deviceClock } from './transport/clock.ts';
import { createWeb, type Web } from './transport/web.ts';
import type { RunTruth, ScanBook } from './truth.ts';

export interface CourseSetting extends GaugeSetting {
  readonly schedule: Schedule;
  readonly runs: readonly RunTruth[];
}

const STEP_MS = 1000;
/** A head counts as settled after so many of its time constants: e^-5 is 0.15 mg/cm² of 22. */
const SETTLED_TIME_CONSTANTS = 5;

/**
 * What the devices of a line make, second by second, before anything happens to their messages: the coater reports,
 * the web moves on under head and gauges, the gauges measure.
 *
 * @param began told of each second before it is computed.
 */
export function* courseOf(
  setting: CourseSetting,
  scans: ScanBook,
  began: (second: number) => void,
): Iterable<Emission> {
  const { scenario, line, parameters, schedule, start_ms, runs, faults, random } = setting;
  const physical = physicalFaults(faults);
  const coaterClock = deviceClock(clockWithJumps(scenario.coater.clock, faults, 'coater'), start_ms);
  const coater = createCoater(parameters, random.fork('coater'));
  const lay = filmLayer(setting, physical, random.fork('head'));
  const settings = settingsOf(schedule, scenario);
  const web = createWeb();
  let patch: Patch | undefined;
  const gauges = gaugesOf(setting, web, physical, () => patch);

  let before: CoaterState | undefined;
  for (let second = 0; second < schedule.end_s; second++) {
    began(second);
    const due_ms = start_ms + second * STEP_MS;
    const segment = settings(second);
    patch = segment.patch;
    const state = coater(segment);
    lay(web, second, segment, before, state);
    if (before) {
      for (const gauge of gauges) {
        const measured = gauge(second - 1, before.web_m, state.web_m);
        if (!measured) continue;
        const { emission, traverse } = measured;
        scans.add({
          gauge: emission.scan.gauge,
          scan: emission.scan.scan,
          time_ms: emission.due_ms,
          run: traverse.run,
          gap_um: runs[traverse.run]?.gap_um ?? Number.NaN,
          trueGap_um: traverse.trueGap_um,
          steady: traverse.steady,
          level_mg_cm2: traverse.level_mg_cm2,
        });
        yield emission;
      }
    }
    yield {
      kind: 'machine',
      due_ms,
      sample: { kind: 'machine', line, time_ms: coaterClock(due_ms), values: state.values },
      held: state.values,
      status: 'bad',
    };
    before = state;
  }
}

const BARE = { level_mg_cm2: 0, tilt_mg_cm2: 0, trueGap_um: Number.NaN, run: -1, steady: false };

type LayFilm = (
  web: Web,
  second: number,
  segment: Segment,
  before: CoaterState | undefined,
  state: CoaterState,
) => void;

/** The film of the second that has just ended, laid down under the settings it began with. */
function filmLayer({ parameters, runs }: CourseSetting, physical: PhysicalFaults, random: Random): LayFilm {
  const head = createHead(parameters, random);
  const settling_s = SETTLED_TIME_CONSTANTS * parameters.head_time_constant_s;
  let unsettled_s = -1;
  return (web, second, { patch }, before, state) => {
    if (!before) {
      web.append({ ...BARE, web_m: 0 });
      return;
    }
    if (!before.settled || !before.coating || before.run !== state.run) unsettled_s = second;
    const trueGap_um = before.gap_um + physical.gapError_um(second);
    const runOffset_mg_cm2 = runs[before.run]?.runOffset_mg_cm2 ?? 0;
    const film = head({ ...before, gap_um: trueGap_um, runOffset_mg_cm2 }, 1);
    if (state.web_m <= before.web_m) return;

    const run = film.level_mg_cm2 > 0 ? before.run : -1;
    const settled = before.coating && before.run >= 0 && second - unsettled_s >= settling_s;
    const common = { run, trueGap_um, patch };
    const slurry = physical.slurryFactor(second);
    if (patch) {
      for (const { web_m, factor, flat } of patchPlaces(before.web_m, state.web_m, patch, parameters))
        web.append({ ...common, ...scaled(film, slurry * factor), web_m, steady: settled && flat });
    } else {
      web.append({ ...common, ...scaled(film, slurry), web_m: state.web_m, steady: settled });
    }
  };
}

const scaled = (film: Deposit, factor: number): Deposit => ({
  level_mg_cm2: film.level_mg_cm2 * factor,
  tilt_mg_cm2: film.tilt_mg_cm2 * factor,
});

/** The gauge behind the dryer and, where the scenario has one, the gauge before the head, which sees the other side. */
function gaugesOf(
  setting: CourseSetting,
  web: Web,
  physical: PhysicalFaults,
  patchNow: () => Patch | undefined,
): Gauge[] {
  const { scenario, parameters, random } = setting;
  const otherSide = createOtherSide(parameters, random.fork('other side'));
  const otherShape = crossWebShape(parameters, random.fork('other side profile'));
  const coatedBefore = parameters.other_side_mg_cm2 > 0;
  const dry = createGauge(
    setting,
    {
      name: scenario.gauge.name,
      web_m: parameters.web_length_m,
      web: web.reader(),
      shape: crossWebShape(parameters, random.fork('profile')),
      beneath: coatedBefore
        ? { shape: otherShape, at: otherSide, subtracted: scenario.gauge.reads === 'net' }
        : undefined,
      random: random.fork('gauge'),
    },
    physical,
  );
  const { entry } = scenario.gauge;
  if (!entry) return [dry];
  const incoming = (web_m: number) => ({
    level_mg_cm2: otherSide(web_m, patchNow()),
    tilt_mg_cm2: 0,
    mark: { ...BARE, web_m },
  });
  const early = createGauge(
    setting,
    {
      name: entry.name,
      web_m: -parameters.entry_gauge_m,
      web: { at: incoming },
      shape: otherShape,
      random: random.fork('entry gauge'),
    },
    physical,
  );
  return [dry, early];
}
