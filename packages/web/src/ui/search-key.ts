import { type RefObject, useEffect } from 'react';

/** `/` goes to a field from anywhere on the page but other fields, while `mayTake` allows it. */
export function useSearchKey(input: RefObject<HTMLInputElement | null>, mayTake: () => boolean = always): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const inField =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [contenteditable]');
      if (event.key !== '/' || inField || event.ctrlKey || event.metaKey || event.altKey || !mayTake()) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [input, mayTake]);
}

const always = () => true;
