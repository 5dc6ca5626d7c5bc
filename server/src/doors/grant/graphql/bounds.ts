/**
 * How large and how deep an operation may be, so that none asks for more work than a few calls of REST: words of the
 * document, levels of its answer, operations in one request (an alias makes one of a name that is there already).
 */
import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';
import { invalidField } from '../errors.ts';

export const mostTokens = 2000;
/** The question that tools ask about the schema is the deepest that anybody needs. */
const deepest = 20;
const mostOperations = 10;

/** After the document was found valid: its fragments are known and lead nowhere back. Refuses by the name `query`. */
export function mustBeBounded(document: DocumentNode): void {
  const fragments = new Map(
    document.definitions
      .filter(
        (definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION,
      )
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const measured = measuring(fragments);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, width } = measured(definition.selectionSet);
    if (depth > deepest) throw invalidField('query', `Deeper than ${deepest} levels`);
    if (width > mostOperations) throw invalidField('query', `More than ${mostOperations} operations at once`);
  }
}

type Measure = { readonly depth: number; readonly width: number };

/** Each fragment is measured once, however often it is named. */
function measuring(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  const known = new Map<string, Measure>();
  const nothing: Measure = { depth: 0, width: 0 };
  const measureOf = ({ selections }: SelectionSetNode): Measure => {
    let { depth, width } = nothing;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const below = selection.selectionSet ? measureOf(selection.selectionSet).depth : 0;
        depth = Math.max(depth, below + 1);
        width += 1;
        continue;
      }
      const inner =
        selection.kind === Kind.INLINE_FRAGMENT
          ? measureOf(selection.selectionSet)
          : named(selection.name.value);
      depth = Math.max(depth, inner.depth);
      width += inner.width;
    }
    return { depth, width };
  };
  const named = (name: string): Measure => {
    const fragment = fragments.get(name);
    const measure = known.get(name) ?? (fragment ? measureOf(fragment.selectionSet) : nothing);
    known.set(name, measure);
    return measure;
  };
  return measureOf;
}
