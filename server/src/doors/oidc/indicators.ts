/** The names that audiences go by. */
export type Indicators = {
  /** What clients of the field ask for: https://{tenantId}.logto.app/api */
  readonly management: string;
  /** The same API by this server's own address: {publicUrl}/api */
  readonly managementHere: string;
};

export const indicatorsOf = (tenantId: string, publicUrl: string): Indicators => ({
  management: `https://${tenantId}.logto.app/api`,
  managementHere: `${publicUrl.replace(/\/$/, '')}/api`,
});

const organizationPrefix = 'urn:logto:organization:';

export const organizationAudience = (organizationId: string): string => organizationPrefix + organizationId;

/** The organization that an audience names, if it names one. */
export const organizationOf = (audience: string): string | undefined =>
  audience.startsWith(organizationPrefix) ? audience.slice(organizationPrefix.length) : undefined;

/** Asked for when a person comes in, it stands for the scopes of all organizations; no token is for it. */
export const organizationsResource = 'urn:logto:resource:organizations';
