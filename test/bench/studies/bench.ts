import { consistencyError } from '../../../src/causal/abstraction.ts';
import { learnJointly } from '../../../src/causal/joint.ts';
import { learnRelaxed } from '../../../src/causal/relaxed/models.ts';
import { RELAXED, schedules, strained, studies } from '../../unit/causal/studies.ts';
import { benchmark, type Part, processorSeconds } from '../harness.ts';

/** Below this an error is rounding. */
const NOTHING = 1e-7;
const PLANTED_SEEDS = [1, 2, 3, 4, 5];
const STRAINED_SEEDS = Array.from({ length: 20 }, (_, seed) => seed);

await benchmark('studies', async (part) => {
  part.note('models of 3 to 7 variables, high-level values 2, low-level values 3 or 4, drawn by seed');
  await planted(part);
  schedulesSideBySide(part);
});

/** The lower model refines the higher one, so error 0 can be reached: who gets there? */
async function planted(part: Part): Promise<void> {
  const rows: (string | number)[][] = [];
  for (const study of studies) {
    const found = { exact: 0, relaxed: 0, rounded: 0 };
    const took = { exact: 0, relaxed: 0 };
    let pairs = 0;
    for (const seed of PLANTED_SEEDS) {
      const { low, high, variables, pairs: squares } = study.planted(seed);
      pairs += squares.length;
      const [exact_s] = await processorSeconds(
        1,
        () => {
          const { abstraction, proved } = learnJointly(low, high, variables, squares);
          if (proved && consistencyError(low, high, abstraction, squares) < NOTHING) found.exact++;
        },
        0,
      );
      const [relaxed_s] = await processorSeconds(
        1,
        async () => {
          const { abstraction, relaxed } = await learnRelaxed(low, high, variables, squares, RELAXED);
          if (consistencyError(low, high, abstraction, squares) < NOTHING) found.relaxed++;
          if (relaxed.roundedError < NOTHING) found.rounded++;
        },
        0,
      );
      took.exact += exact_s!;
      took.relaxed += relaxed_s!;
    }
    const of = PLANTED_SEEDS.length;
    part.figure(`${study.name}: recovered by the exact solver`, [found.exact / of], '', { atLeast: 1 });
    part.figure(`${study.name}: recovered by the relaxed solver`, [found.relaxed / of], '', { atLeast: 1 });
    rows.push([
      study.name,
      pairs / of,
      `${found.exact}/${of}`,
      `${found.relaxed}/${of}`,
      `${found.rounded}/${of}`,
      (took.exact / of) * 1000,
      (took.relaxed / of) * 1000,
    ]);
  }
  const head = ['study', 'pairs', 'exact', 'relaxed', 'rounded only', 'exact ms', 'relaxed ms'];
  part.table('planted abstractions recovered with error 0', head, rows);
}

/** No abstraction is exact here, so it matters whether the maps are learned together. */
function schedulesSideBySide(part: Part): void {
  const rows: (string | number)[][] = [];
  for (const study of studies) {
    const runs = STRAINED_SEEDS.map((seed) => schedules(strained(study.planted(seed), seed)));
    const mean = (way: 'joint' | 'sequential' | 'independent') =>
      (runs.reduce((sum, run) => sum + run[way], 0) / runs.length).toFixed(4);
    const worse = (way: 'sequential' | 'independent') =>
      `${runs.filter((run) => run[way] > run.joint + NOTHING).length}/${runs.length}`;
    rows.push([
      study.name,
      mean('joint'),
      mean('sequential'),
      worse('sequential'),
      mean('independent'),
      worse('independent'),
      runs.every((run) => run.proved) ? 'yes' : 'no',
    ]);
  }
  part.table(
    `consistency error where no abstraction is exact, mean of ${STRAINED_SEEDS.length} (worse: than joint)`,
    ['study', 'joint', 'sequential', 'worse', 'independent', 'worse', 'joint proved'],
    rows,
  );
}
