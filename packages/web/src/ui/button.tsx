import type { ButtonHTMLAttributes } from 'react';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'plain' | 'primary' | 'danger' | 'quiet';
  size?: 'small' | 'normal' | 'large';
}

export function buttonClass(look: ButtonProps['look'] = 'plain', size: ButtonProps['size'] = 'normal'): string {
  const parts = ['button'];
  if (look !== 'plain') parts.push(`button-${look}`);
  if (size !== 'normal') parts.push(`button-${size}`);
  return parts.join(' ');
}

/** A button that does not submit a form unless it is told to. */
export function Button({ look, size, className, type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={`${buttonClass(look, size)} ${className ?? ''}`} {...rest} />;
}

export function IconButton({ label, ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { label: string }) {
  return <button type="button" className="icon-button" aria-label={label} {...rest} />;
}
