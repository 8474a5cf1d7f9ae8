import { Toast as Base } from '@base-ui/react/toast';
import { Icon } from './icons.tsx';

const manager = Base.createToastManager();

/** Says what was done, for a few seconds. */
export function say(title: string): void {
  manager.add({ title, timeout: 5000 });
}

/** Says what went wrong; stays a little longer. */
export function sayError(title: string, description?: string): void {
  manager.add({ title, description, type: 'error', timeout: 10_000, priority: 'high' });
}

export function Toasts() {
  return (
    <Base.Provider toastManager={manager}>
      <Base.Portal>
        <Base.Viewport className="toasts">
          <ToastList />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function ToastList() {
  const { toasts } = Base.useToastManager();
  return toasts.map((toast) => (
    <Base.Root key={toast.id} toast={toast} className="toast" data-type={toast.type}>
      <div className="toast-body">
        <Base.Title render={<strong />} />
        <Base.Description render={<div className="muted" />} />
      </div>
      <Base.Close className="icon-button" aria-label="Close">
        <Icon name="close" />
      </Base.Close>
    </Base.Root>
  ));
}
