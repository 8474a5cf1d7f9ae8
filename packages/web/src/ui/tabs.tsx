import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';

export interface TabItem<Id extends string> {
  id: Id;
  label: string;
  count?: number | undefined;
}

interface TabsProps<Id extends string> {
  label: string;
  items: readonly TabItem<Id>[];
  value: Id;
  onChange: (id: Id) => void;
  /** Content of the chosen tab; the others are not in the page. */
  children: ReactNode;
  panelClass?: string;
}

/** Tabs whose choice is kept by the caller, in the address. */
export function Tabs<Id extends string>({ label, items, value, onChange, children, panelClass }: TabsProps<Id>) {
  return (
    <Base.Root
      value={value}
      onValueChange={(next: Id) => onChange(next)}
      render={<div style={{ display: 'contents' }} />}
    >
      <Base.List className="tabs" aria-label={label} activateOnFocus={false}>
        {items.map((item) => (
          <Base.Tab key={item.id} value={item.id} className="tab">
            {item.label}
            {item.count !== undefined && <span className="count">{item.count.toLocaleString('en')}</span>}
          </Base.Tab>
        ))}
      </Base.List>
      {/* Focus goes on to the content itself, which has a place to focus in every tab. */}
      <Base.Panel key={value} value={value} className={panelClass} tabIndex={-1}>
        {children}
      </Base.Panel>
    </Base.Root>
  );
}
