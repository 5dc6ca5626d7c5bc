/** Notes of one organization, by its token: what it permits is what can be done here. */
import { useLogto } from '@logto/react';
import { type FormEvent, useCallback, useEffect, useState } from 'react';

type Note = { id: string; by: string; text: string };

export function Notes({ organizationId }: { organizationId: string }) {
  const { getOrganizationToken, getOrganizationTokenClaims, clearAccessToken } = useLogto();
  const [permissions, setPermissions] = useState<string[]>([]);
  const [notes, setNotes] = useState<Note[]>([]);
  const [problem, setProblem] = useState<string>();

  const call = useCallback(
    async (init?: RequestInit) => {
      const token = await getOrganizationToken(organizationId);
      if (!token) throw new Error('You are not a member of this organization any more.');
      const response = await fetch(`/api/organizations/${organizationId}/notes`, {
        ...init,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      });
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.message);
      return answer;
    },
    [getOrganizationToken, organizationId],
  );

  const load = useCallback(async () => {
    try {
      const claims = await getOrganizationTokenClaims(organizationId);
      setPermissions(claims?.scope?.split(' ').filter(Boolean) ?? []);
      setNotes(await call());
      setProblem(undefined);
    } catch (error) {
      setProblem((error as Error).message);
    }
  }, [call, getOrganizationTokenClaims, organizationId]);

  useEffect(() => void load(), [load]);

  async function add(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    try {
      await call({ method: 'POST', body: JSON.stringify({ text: new FormData(form).get('text') }) });
      form.reset();
      await load();
    } catch (error) {
      setProblem((error as Error).message);
    }
  }

  /** What was promoted or demoted meanwhile shows in the next token. */
  async function refresh() {
    await clearAccessToken();
    await load();
  }

  return (
    <section>
      <p>
        You may: <strong data-testid="permissions">{permissions.join(' ') || 'nothing'}</strong>{' '}
        <button type="button" className="plain" onClick={refresh}>
          Look again
        </button>
      </p>
      {problem && <p role="alert">{problem}</p>}
      <ul>
        {notes.map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
      {permissions.includes('write:notes') && (
        <form onSubmit={add}>
          <label>
            New note
            <input name="text" maxLength={1000} required />
          </label>
          <button type="submit">Add</button>
        </form>
      )}
    </section>
  );
}
