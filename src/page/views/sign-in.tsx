import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { messageOf } from '../../core/errors.ts';
import { t } from '../messages/text.ts';
import { useStore } from './context.ts';

/** Who has signed in, or the way to do so. */
export function SignInButton() {
  const { me, signingIn, signOut } = useStore();
  const name = me.value?.name;
  if (name == null)
    return (
      <button
        type="button"
        class="button"
        onClick={() => {
          signingIn.value = true;
        }}
      >
        {t('app.sign-in')}
      </button>
    );
  return (
    <button type="button" class="button" title={t('app.signed-in', { name })} onClick={() => void signOut()}>
      <span class="visually-hidden">{t('app.signed-in', { name })}, </span>
      {t('app.sign-out')}
    </button>
  );
}

export function SignInDialog() {
  const { signingIn } = useStore();
  const dialog = useRef<HTMLDialogElement>(null);
  const open = signingIn.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class="card sign-in"
      aria-label={t('sign-in.title')}
      onClose={() => {
        signingIn.value = false;
      }}
    >
      {open && <SignInForm why={t('sign-in.why')} onCancel={() => dialog.current?.close()} />}
    </dialog>
  );
}

/** In place of the views of an agent that lets nobody read who has not signed in. */
export function Locked() {
  return (
    <section class="card sign-in is-page">
      <SignInForm why={t('sign-in.locked')} />
    </section>
  );
}

function SignInForm({ why, onCancel }: { why: string; onCancel?: () => void }) {
  const { signIn } = useStore();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  useEffect(() => field.current?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await signIn(field.current!.value.trim());
    } catch (thrown) {
      setFailure(messageOf(thrown));
      field.current?.select();
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <h2>{t('sign-in.title')}</h2>
      <p class="note">{why}</p>
      <label for={id}>{t('sign-in.token')}</label>
      <span class="field-box">
        <input
          id={id}
          ref={field}
          type="password"
          required
          autoComplete="current-password"
          aria-describedby={failure ? `${id}-failure` : undefined}
          data-test="token"
        />
      </span>
      {failure && (
        <p class="answer-error" id={`${id}-failure`} role="alert">
          {t('sign-in.failed', { what: failure })}
        </p>
      )}
      <p class="buttons">
        {onCancel && (
          <button type="button" class="button" onClick={onCancel}>
            {t('sign-in.cancel')}
          </button>
        )}
        <button type="submit" class="button is-main">
          {t('sign-in.go')}
        </button>
      </p>
    </form>
  );
}
