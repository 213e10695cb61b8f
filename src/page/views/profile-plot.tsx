import { t } from '../messages/text.ts';
import { formatTime } from '../model/format.ts';
import type { HeatRange } from '../model/heat-range.ts';
import { loadingAt, type ProfileRow } from '../model/profiles.ts';
import { useLoading, useStore } from './context.ts';

const width = 170;
const height = 200;

/** One scan across the web, standing beside the heat map with the same location at the same height. */
export function ProfilePlot({ row, range }: { row: ProfileRow | undefined; range: HeatRange | undefined }) {
  const { unit } = useStore();
  const loading = useLoading();
  if (!row || !range) return <div class="profile" />;
  // Twice the room of the scale, so that edges and streaks stay in the picture.
  const room = (range.high - range.low) / 2;
  const from = Math.max(0, range.low - room);
  const until = range.high + room;
  const x = (mg_cm2: number) => (width * (Math.min(until, Math.max(from, mg_cm2)) - from)) / (until - from);
  return (
    <figure class="profile">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t('line.profile.label', {
          scan: row.scan,
          low: loading(range.low),
          high: loading(range.high),
          unit: unit.value,
        })}
      >
        {[range.low, range.high].map((mg_cm2) => (
          <path key={mg_cm2} class="profile-grid" d={`M${x(mg_cm2)} 0V${height}`} />
        ))}
        <path class="profile-line" d={outline(row, x)} />
      </svg>
      <figcaption>
        <span style={{ left: `${(100 * x(range.low)) / width}%` }}>{loading(range.low)}</span>
        <span style={{ left: `${(100 * x(range.high)) / width}%` }}>{loading(range.high)}</span>
        <b>
          {t('line.profile', { scan: row.scan })}, {formatTime(row.time_ms)}
        </b>
      </figcaption>
    </figure>
  );
}

/** A path through all valid locations that breaks where there is none. */
function outline(row: ProfileRow, x: (mg_cm2: number) => number): string {
  let path = '';
  let pen = 'M';
  for (let location = 0; location < row.steps.length; location++) {
    const mg_cm2 = loadingAt(row, location);
    if (Number.isNaN(mg_cm2)) {
      pen = 'M';
      continue;
    }
    const y = ((location + 0.5) / row.steps.length) * height;
    path += `${pen}${x(mg_cm2).toFixed(1)} ${y.toFixed(2)}`;
    pen = 'L';
  }
  return path;
}
