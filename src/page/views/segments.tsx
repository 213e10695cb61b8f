interface SegmentsProps<T extends string | number> {
  /** Of the group of radio buttons. */
  readonly name: string;
  readonly legend: string;
  readonly choices: readonly T[];
  readonly value: T;
  readonly label: (choice: T) => string;
  readonly onChoice: (choice: T) => void;
  /** Beside what it belongs to instead of at the far end. */
  readonly near?: boolean;
}

/** One of a few choices, all of them in sight; radio buttons to a keyboard or a screen reader. */
export function Segments<T extends string | number>(props: SegmentsProps<T>) {
  const { name, legend, choices, value, label, onChoice, near = false } = props;
  return (
    <fieldset class={near ? 'segments is-near' : 'segments'}>
      <legend class="visually-hidden">{legend}</legend>
      {choices.map((choice) => (
        <label key={choice}>
          <input type="radio" name={name} checked={value === choice} onChange={() => onChoice(choice)} />
          <span>{label(choice)}</span>
        </label>
      ))}
    </fieldset>
  );
}
