import { Type } from 'typebox';
import {
  changeSignInExperience,
  type SignInExperience as Experience,
  type SignInMode,
  signInExperience,
} from '../../domain/tenants/sign-in-experience.ts';
import { Branding, Color } from './organizations.ts';
import { routesOf } from './route.ts';
import { NullableText, Part, Text } from './schema.ts';

const modes = ['SignIn', 'Register', 'SignInAndRegister'] as const satisfies readonly SignInMode[];
const WebPage = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  maxLength: 2048,
  pattern: '^(https?:\\/\\/[^\\s<>"\\\\]+)?$',
});

const SignInExperience = Type.Object({
  tenantId: Type.String(),
  id: Type.String(),
  name: NullableText(),
  color: Type.Object({
    primaryColor: Type.Optional(Type.String()),
    darkPrimaryColor: Type.Optional(Type.String()),
    isDarkModeEnabled: Type.Boolean(),
  }),
  branding: Branding,
  languageInfo: Type.Object({ autoDetect: Type.Boolean(), fallbackLanguage: Type.String() }),
  signInMode: Type.String({ enum: [...modes] }),
  termsOfUseUrl: NullableText(),
  privacyPolicyUrl: NullableText(),
});
const SignInExperienceChange = Type.Object({
  name: Type.Optional(NullableText(128)),
  color: Type.Optional(Color),
  branding: Type.Optional(Branding),
  languageInfo: Type.Optional(
    Part({
      autoDetect: Type.Optional(
        Type.Boolean({ const: true, description: 'The language of a page is always chosen by the browser' }),
      ),
      fallbackLanguage: Type.Unsafe<string>({
        ...Text(2, 16),
        pattern: '^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$',
      }),
    }),
  ),
  signInMode: Type.Optional(Type.Union(modes.map((mode) => Type.Literal(mode)))),
  termsOfUseUrl: Type.Optional(WebPage),
  privacyPolicyUrl: Type.Optional(WebPage),
});
const route = routesOf('Sign-in experience');

const present = ({ fallbackLanguage, color, ...experience }: Experience) => ({
  ...experience,
  id: 'default',
  color: { isDarkModeEnabled: true, ...color },
  languageInfo: { autoDetect: true, fallbackLanguage },
});

export const signInExperienceRoutes = [
  route({
    method: 'GET',
    path: '/sign-in-exp',
    summary: 'How the pages and mails look, and what they let people do',
    success: [200, SignInExperience],
    handle: async ({ db, tenantId }) => present(await signInExperience(db, tenantId)),
  }),
  route({
    method: 'PATCH',
    path: '/sign-in-exp',
    summary: 'Change how the pages and mails look, and what they let people do',
    description:
      'color and branding are replaced whole. `name` is that of your product, shown where no application is named (Usher).',
    body: SignInExperienceChange,
    success: [200, SignInExperience],
    handle: ({ act, body }) => {
      const { name, color, branding, languageInfo, signInMode, termsOfUseUrl, privacyPolicyUrl } = body;
      const fallbackLanguage = languageInfo?.fallbackLanguage;
      const change = { name, color, branding, fallbackLanguage, signInMode, termsOfUseUrl, privacyPolicyUrl };
      return act(async (a) => present(await changeSignInExperience(a, change)));
    },
  }),
];
