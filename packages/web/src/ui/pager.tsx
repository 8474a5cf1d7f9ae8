import { Button } from './button.tsx';
import { Icon } from './icons.tsx';

interface PagerProps {
  page: number;
  perPage: number;
  total: number;
  onChange: (page: number) => void;
}

/** Which part of a list is shown, and the way to the rest. */
export function Pager({ page, perPage, total, onChange }: PagerProps) {
  const first = Math.min((page - 1) * perPage + 1, total);
  const last = Math.min(page * perPage, total);
  return (
    <nav aria-label="Pages" style={{ display: 'flex', alignItems: 'center', gap: 8, padding: '12px 2px' }}>
      <span className="muted">
        {first.toLocaleString('en')}–{last.toLocaleString('en')} of {total.toLocaleString('en')}
      </span>
      {total > perPage && (
        <>
          <Button size="small" disabled={page <= 1} onClick={() => onChange(page - 1)}>
            <Icon name="left" /> Previous
          </Button>
          <Button size="small" disabled={last >= total} onClick={() => onChange(page + 1)}>
            Next <Icon name="right" />
          </Button>
        </>
      )}
    </nav>
  );
}
