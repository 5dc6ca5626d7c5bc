import { LogtoProvider, UserScope } from '@logto/react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import './notes.css';

const settings: { usher: string; appId: string } = await (await fetch('/api/settings')).json();

createRoot(document.getElementById('app')!).render(
  <LogtoProvider
    config={{
      endpoint: settings.usher,
      appId: settings.appId,
      scopes: [
        UserScope.Email,
        UserScope.Organizations,
        UserScope.OrganizationRoles,
        'read:notes',
        'write:notes',
      ],
    }}
  >
    <App />
  </LogtoProvider>,
);
