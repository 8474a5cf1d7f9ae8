import { useEffect, useId, useMemo, useRef, useState } from 'react';

export interface Option {
  value: string;
  label: string;
  /** Said at the right side, e.g. a count. */
  note?: string;
}

interface ComboboxProps {
  label: string;
  options: readonly Option[];
  value: string;
  onChange: (value: string) => void;
}

const shown = 50;

/**
 * A field that narrows a list while one types. Ours, because the kits hide the page behind an open list from screen
 * readers while its fields can still be focused. The list is a plain listbox; focus never leaves the field.
 */
export function Combobox({ label, options, value, onChange }: ComboboxProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const open = typed !== null;
  const chosen = options.find((option) => option.value === value);
  const matching = useMemo(() => {
    const words = (typed ?? '').toLowerCase().trim();
    return options.filter((option) => `${option.label} ${option.value}`.toLowerCase().includes(words)).slice(0, shown);
  }, [options, typed]);

  // the chosen one of a long list may be far down
  useEffect(() => {
    if (open) document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: 'nearest' });
  }, [open, id, active]);

  const openAll = () => {
    setTyped('');
    setActive(
      Math.max(
        0,
        options.findIndex((option) => option.value === value),
      ),
    );
  };
  const choose = (option: Option | undefined) => {
    setTyped(null);
    if (option) onChange(option.value);
  };
  const move = (by: number) => {
    if (!open) return openAll();
    setActive(Math.min(Math.max(active + by, 0), matching.length - 1));
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'ArrowDown') move(1);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Enter' && open) choose(matching[active]);
    else if (event.key === 'Escape' && open) setTyped(null);
    else return;
    event.preventDefault();
  };

  return (
    <div className="combobox">
      <input
        ref={input}
        className="input"
        role="combobox"
        aria-label={label}
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && matching.length > 0 ? `${id}-${active}` : undefined}
        value={typed ?? chosen?.label ?? value}
        placeholder={chosen?.label}
        onChange={(event) => {
          setTyped(event.target.value);
          setActive(0);
        }}
        onClick={() => !open && openAll()}
        onBlur={() => setTyped(null)}
        onKeyDown={onKeyDown}
      />
      {open && (
        <div id={`${id}-list`} className="combobox-list" role="listbox" aria-label={label}>
          {matching.map((option, index) => (
            <div
              key={option.value}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              className="combobox-option"
              tabIndex={-1}
              onMouseEnter={() => setActive(index)}
              onMouseDown={(event) => {
                // the field keeps the focus; it names the option by aria-activedescendant
                event.preventDefault();
                choose(option);
              }}
            >
              <span>{option.label}</span>
              {option.note && <span className="combobox-note">{option.note}</span>}
            </div>
          ))}
          {matching.length === 0 && (
            <div role="option" aria-selected="false" aria-disabled="true" tabIndex={-1} className="combobox-option">
              Nothing matches
            </div>
          )}
        </div>
      )}
    </div>
  );
}
