import type { ReactNode } from 'react';
import { messageOf } from '../api/client.ts';
import { Button } from './button.tsx';

/** An empty place says what belongs there, why it is empty, and the next step. */
export function Empty({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}

export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div className="empty" role="alert">
      <h2>This could not be loaded</h2>
      <p>{messageOf(error)}</p>
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

const skeletonWidths = ['85%', '68%', '77%', '51%', '81%', '60%', '72%', '55%', '83%', '64%'];

/** Lines in the place of what is on its way; only where there is nothing yet to show. */
export function Skeleton({ lines = 5 }: { lines?: number }) {
  return (
    <div role="status" aria-label="Loading" style={{ display: 'grid', gap: 16, padding: 16 }}>
      {skeletonWidths.slice(0, lines).map((width) => (
        <div key={width} className="skeleton" style={{ width }} />
      ))}
    </div>
  );
}
