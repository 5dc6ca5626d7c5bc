/**
 * Nobody grants what they do not hold (rule 6): whether the roles that somebody holds give everything that other roles
 * give, every scope of the organization and of API resources, and a rank that is not below theirs where they have one.
 */
import { type Template, withInherited } from './template.ts';

export function covers(template: Template, held: readonly string[], given: readonly string[]): boolean {
  const mine = powersOf(template, held);
  const theirs = powersOf(template, given);
  return theirs.rank <= mine.rank && [...theirs.scopes].every((id) => mine.scopes.has(id));
}

function powersOf(template: Template, roleIds: readonly string[]) {
  const scopes = new Set<string>();
  let rank = Number.NEGATIVE_INFINITY;
  for (const role of withInherited(template, roleIds)) {
    for (const { id } of [...role.scopes, ...role.resourceScopes]) scopes.add(id);
    rank = Math.max(rank, role.rank ?? rank);
  }
  return { scopes, rank };
}
