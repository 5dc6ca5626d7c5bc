/** The person's organizations, and the notes of the one that was chosen. */
import { useLogto } from '@logto/react';
import { useEffect, useState } from 'react';
import { Notes } from './notes.tsx';

type Organization = { id: string; name: string };

export function Organizations() {
  const { fetchUserInfo } = useLogto();
  const [all, setAll] = useState<Organization[]>();
  const [chosen, choose] = useState<string>();
  useEffect(() => {
    void fetchUserInfo().then((info) => {
      const found = (info as { organization_data?: Organization[] } | undefined)?.organization_data ?? [];
      setAll(found);
      choose((present) => present ?? found[0]?.id);
    });
  }, [fetchUserInfo]);
  if (!all) return <p role="status">One moment …</p>;
  if (all.length === 0) return <p>You are in no organization yet. Ask somebody to invite you.</p>;
  return (
    <>
      <label>
        Organization
        <select value={chosen} onChange={(event) => choose(event.target.value)}>
          {all.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {chosen && <Notes key={chosen} organizationId={chosen} />}
    </>
  );
}
