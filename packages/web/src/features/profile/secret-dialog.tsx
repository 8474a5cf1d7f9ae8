import type { ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { downloadText } from '../../ui/files.ts';
import { Icon } from '../../ui/icons.tsx';
import { say, sayError } from '../../ui/toast.tsx';

interface SecretDialogProps {
  title: string;
  secret: string;
  fileName: string;
  fileType: string;
  children: ReactNode;
  onClose: () => void;
}

/** Shows a secret for the only time, with the ways to keep it. */
export function SecretDialog({ title, secret, fileName, fileType, children, onClose }: SecretDialogProps) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret);
      say('Copied');
    } catch {
      sayError('The browser did not allow copying', 'Select the text and copy it by hand, or download the file.');
    }
  };
  return (
    <Dialog open onClose={onClose} title={title}>
      <p>{children}</p>
      <textarea className="input mono" readOnly aria-label={title} rows={secret.length > 100 ? 6 : 2} value={secret} />
      <div className="dialog-actions">
        <Button onClick={copy}>
          <Icon name="copy" /> Copy
        </Button>
        <Button onClick={() => downloadText(fileName, secret, fileType)}>
          <Icon name="download" /> Download {fileName}
        </Button>
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}
