import { t } from '../messages/text.ts';

const mostDrawn = 4;

/** The two causal models as graphs: what acts on what, and the two maps between them. */
export function ModelGraphs({ lanes }: { lanes: number }) {
  const drawn = Math.min(lanes, mostDrawn);
  const height = Math.max(150, 30 + drawn * 44);
  const middle = height / 2 + 8;
  const lane = (index: number) => middle + (index - (drawn - 1) / 2) * 44;
  return (
    <svg
      class="graphs"
      viewBox={`0 0 520 ${height + 10}`}
      role="img"
      aria-label={t('abstraction.models.label', { lanes })}
    >
      <defs>
        <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0L8 4L0 8z" />
        </marker>
      </defs>
      <text class="graph-title" x="4" y="14">
        {t('abstraction.line-model')}
      </text>
      <text class="graph-title" x="516" y="14" text-anchor="end">
        {t('abstraction.lab-model')}
      </text>
      {Array.from({ length: drawn }, (_, index) => (
        <path key={index} class="cause" d={`M50 ${middle}L${119} ${lane(index)}`} marker-end="url(#arrow)" />
      ))}
      <path class="cause" d={`M384 ${middle}L463 ${middle}`} marker-end="url(#arrow)" />
      <path
        class="map"
        d={`M36 ${middle + 20}C80 ${height + 14} 300 ${height + 14} 354 ${middle + 20}`}
        marker-end="url(#arrow)"
      />
      <path class="map" d={`M160 ${lane(0) - 8}C230 26 400 26 474 ${middle - 22}`} marker-end="url(#arrow)" />
      <text class="map-name" x="200" y={height - 16}>
        α
        <tspan class="sub" dy="4">
          G
        </tspan>
      </text>
      <text class="map-name" x="310" y="24">
        α
        <tspan class="sub" dy="4">
          L
        </tspan>
      </text>
      <Node x={30} y={middle} name="G" />
      {Array.from({ length: drawn }, (_, index) => (
        <Node
          key={index}
          x={140}
          y={lane(index)}
          name={lanes > drawn && index === drawn - 1 ? '…' : `L${index + 1}`}
        />
      ))}
      <Node x={364} y={middle} name="G′" />
      <Node x={484} y={middle} name="L′" />
    </svg>
  );
}

function Node({ x, y, name }: { x: number; y: number; name: string }) {
  return (
    <g class="node">
      <circle cx={x} cy={y} r="19" />
      <text x={x} y={y + 5} text-anchor="middle">
        {name}
      </text>
    </g>
  );
}
