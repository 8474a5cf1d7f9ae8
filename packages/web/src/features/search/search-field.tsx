import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react';
import { Icon } from '../../ui/icons.tsx';
import { useSearchKey } from '../../ui/search-key.ts';

/** As many as the server takes. */
const longestQuery = 1_000;

/** The search over everything; Enter goes to its page. `/` goes here, unless the page has a search of its own. */
export function SearchField({ className }: { className: string }) {
  const place = useSearch({ from: '/shell/search', shouldThrow: false });
  const query = place?.q ?? '';
  const isInviting = place !== undefined && query === '';
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(query);
  // a search by link, or Back; away from the page of results nothing is left here
  useEffect(() => setText(query), [query]);
  useEffect(() => {
    // of the fields of the header and of the page one is hidden, and takes no focus
    if (isInviting) input.current?.focus();
  }, [isInviting]);
  const mayTake = useCallback(
    () =>
      input.current?.checkVisibility() === true && !document.querySelector('main .search-box:not(.search-everything)'),
    [],
  );
  useSearchKey(input, mayTake);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const q = text.trim();
    if (q !== '') void navigate({ to: '/search', search: { q } });
  };
  return (
    <search className={className}>
      <form className="search-box search-everything" onSubmit={onSubmit}>
        <Icon name="search" />
        <input
          ref={input}
          type="search"
          enterKeyHint="search"
          maxLength={longestQuery}
          aria-label="Search everything"
          placeholder="Search everything"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <kbd className="only-wide">/</kbd>
      </form>
    </search>
  );
}
