import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { jobs, type Person, signOut } from '../api/portal.ts';
import { SearchField } from '../features/search/search-field.tsx';
import { IconButton } from '../ui/button.tsx';
import { Icon, Logo } from '../ui/icons.tsx';
import { Menu, MenuItem } from '../ui/menu.tsx';
import { chooseTheme, useTheme } from './theme.ts';

const places = [
  { to: '/studies', label: 'Studies' },
  { to: '/projects', label: 'Projects' },
  { to: '/graphql', label: 'GraphQL' },
  { to: '/jobs', label: 'Jobs' },
] as const;

export function Header({ person }: { person: Person }) {
  const { dark } = useTheme();
  return (
    <header className="header">
      <span className="only-narrow">
        <NarrowMenu />
      </span>
      <Link to="/" className="brand">
        <Logo /> Linnaea
      </Link>
      <nav className="nav only-wide" aria-label="Main">
        {places.map(({ to, label }) => (
          <Link key={to} to={to} activeProps={{ 'aria-current': 'page' }}>
            {label}
          </Link>
        ))}
        <a href="/api-docs">API</a>
      </nav>
      <SearchField className="header-search only-wide" />
      <div className="header-end">
        <RunningJobs />
        <IconButton
          label={dark ? 'Use the light theme' : 'Use the dark theme'}
          onClick={() => chooseTheme(dark ? 'light' : 'dark')}
        >
          <Icon name={dark ? 'sun' : 'moon'} />
        </IconButton>
        <AccountMenu person={person} />
      </div>
    </header>
  );
}

function NarrowMenu() {
  const navigate = useNavigate();
  const trigger = (
    <IconButton label="Main menu">
      <Icon name="menu" />
    </IconButton>
  );
  return (
    <Menu trigger={trigger}>
      <MenuItem onClick={() => navigate({ to: '/search' })}>Search</MenuItem>
      {places.map(({ to, label }) => (
        <MenuItem key={to} onClick={() => navigate({ to })}>
          {label}
        </MenuItem>
      ))}
      <MenuItem onClick={() => location.assign('/api-docs')}>API</MenuItem>
    </Menu>
  );
}

function AccountMenu({ person }: { person: Person }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const { followsSystem } = useTheme();
  const leave = async () => {
    await signOut();
    client.clear();
    await navigate({ to: '/sign-in' });
  };
  return (
    <Menu
      trigger={
        <button type="button" className="avatar" aria-label={`${initials(person.name)}: account of ${person.name}`}>
          {initials(person.name)}
        </button>
      }
    >
      <div className="menu-note">
        {person.name}
        <br />
        {person.email}
      </div>
      <MenuItem onClick={() => navigate({ to: '/profile' })}>Profile and tokens</MenuItem>
      {!followsSystem && <MenuItem onClick={() => chooseTheme(null)}>Follow the system’s theme</MenuItem>}
      <MenuItem onClick={leave}>Sign out</MenuItem>
    </Menu>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? '')][0] ?? '');
  return letters.join('').toUpperCase() || '?';
}

/** Long work stays in sight on every page. */
function RunningJobs() {
  const { data } = useQuery(jobs);
  const running = data?.jobs.filter((job) => job.state === 'running' || job.state === 'stopping') ?? [];
  const [first] = running;
  if (!first) return null;
  const { bytes, totalBytes } = first.progress;
  const label = running.length === 1 ? '1 job at work' : `${running.length} jobs at work`;
  return (
    <Link to="/jobs" className="header-work">
      <progress aria-label={label} {...(totalBytes ? { value: bytes, max: totalBytes } : {})} />
      <span className="only-wide">{label}</span>
    </Link>
  );
}
