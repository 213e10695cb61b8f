import { useId, useState } from 'preact/hooks';
import type { Interval } from '../../core/prediction.ts';
import { t } from '../messages/text.ts';

interface NumberFieldProps {
  readonly name: string;
  readonly unit: string;
  readonly value: number | undefined;
  /** Shown value over kept value. */
  readonly factor?: number;
  readonly step: number;
  readonly decimals: number;
  /** What the kept value may be: from the low end to the high one. */
  readonly limits: Interval;
  /** The low end itself is excluded. */
  readonly above?: boolean;
  /** An empty field is an answer, too. */
  readonly optional?: boolean;
  /** The name stands beside the field, not above. */
  readonly inline?: boolean;
  readonly test: string;
  readonly onValue: (value: number | undefined) => void;
}

/** A field for a number within limits, with a decimal point or comma; what is wrong is said beneath it. */
export function NumberField(props: NumberFieldProps) {
  const {
    name,
    unit,
    value,
    factor = 1,
    step,
    decimals,
    limits,
    above = false,
    optional = false,
    inline = false,
    test,
    onValue,
  } = props;
  const id = useId();
  /** What is being typed; without it the field follows the value. */
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const shown = value === undefined ? '' : String(Number((value * factor).toFixed(decimals)));
  const text = typed ?? shown;
  const [low, high] = [limits[0] * factor, limits[1] * factor];
  const parse = (typing: string): number | undefined => {
    const number = Number(typing.trim().replace(',', '.'));
    const inside = (above ? number > low : number >= low) && number <= high;
    return typing.trim() !== '' && inside ? number : undefined;
  };
  const parsed = parse(text);
  const wrong = text.trim() === '' ? !optional : parsed === undefined;

  const change = (next: string) => {
    setTyped(next);
    const number = parse(next);
    onValue(number === undefined ? undefined : number / factor);
  };
  const stepBy = (event: KeyboardEvent) => {
    const direction = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (direction === 0 || value === undefined) return;
    event.preventDefault();
    setTyped(undefined);
    onValue(Math.min(high, Math.max(above ? low + step : low, value * factor + direction * step)) / factor);
  };
  return (
    <div class={inline ? 'field field-inline' : 'field'}>
      <label for={id}>{name}</label>
      <span class="field-box">
        <input
          id={id}
          type="text"
          inputMode="decimal"
          autoComplete="off"
          value={text}
          aria-invalid={wrong}
          aria-describedby={wrong ? `${id}-wrong` : undefined}
          data-test={test}
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={stepBy}
          onBlur={() => {
            if (!wrong) setTyped(undefined);
          }}
        />
        <span class="field-unit">{unit}</span>
      </span>
      {wrong && (
        <span class="field-wrong" id={`${id}-wrong`}>
          {t(above ? 'predict.invalid.above' : 'predict.invalid', { low, high })}
        </span>
      )}
    </div>
  );
}
