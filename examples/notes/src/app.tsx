/** Three places: where Usher sends people back to, where it sends those whom it wants signed in, and everything else. */
import { Prompt, useHandleSignInCallback, useLogto } from '@logto/react';
import { useEffect, useState } from 'react';
import { Organizations } from './organizations.tsx';

const callback = `${location.origin}/callback`;

export function App() {
  const { isAuthenticated, isLoading } = useLogto();
  if (location.pathname === '/callback') return <Callback />;
  if (location.pathname === '/login') return <Login />;
  if (isAuthenticated) return <SignedIn />;
  return isLoading ? <p role="status">One moment …</p> : <Welcome />;
}

function Callback() {
  const { error } = useHandleSignInCallback(() => location.replace('/'));
  return error ? <p role="alert">{error.message}</p> : <p role="status">Signing in …</p>;
}

/** Third-party-initiated login (OpenID Connect Core §4): Usher says who it is about; the sign-in begins here. */
function Login() {
  const { signIn } = useLogto();
  useEffect(() => {
    const hint = new URLSearchParams(location.search).get('login_hint');
    void signIn({ redirectUri: callback, ...(hint ? { loginHint: hint } : {}) });
  }, [signIn]);
  return <p role="status">Signing in …</p>;
}

function Welcome() {
  const { signIn } = useLogto();
  return (
    <main>
      <h1>Notes</h1>
      <p>What your team should not forget.</p>
      <button type="button" onClick={() => signIn({ redirectUri: callback })}>
        Sign in
      </button>
    </main>
  );
}

function SignedIn() {
  const { getIdTokenClaims, signIn, signOut, clearAllTokens } = useLogto();
  const [who, setWho] = useState<string>();
  useEffect(() => {
    void getIdTokenClaims().then((claims) => setWho(claims?.name || claims?.email || claims?.sub));
  }, [getIdTokenClaims]);

  /** New permissions of an application of somebody else's need a new consent; this asks for it. */
  async function consentAgain() {
    await clearAllTokens();
    await signIn({ redirectUri: callback, prompt: Prompt.Consent });
  }

  return (
    <main>
      <header>
        <h1>Notes</h1>
        <p>
          Signed in as <strong data-testid="who">{who}</strong>
        </p>
      </header>
      <Organizations />
      <footer>
        <button type="button" className="second" onClick={consentAgain}>
          Ask for consent again
        </button>
        <button type="button" className="second" onClick={() => signOut(location.origin)}>
          Sign out
        </button>
      </footer>
    </main>
  );
}
