/** Somebody tries to accept an invitation that waits: members who may approve it hear of that. */
import { askApproval } from '../../domain/invitations/ask-approval.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Call } from './route.ts';

/** The refusal stays; the mails are an act of their own beside it. */
export async function askingApproval<T>(
  { act, services }: Pick<Call<unknown, unknown, unknown>, 'act' | 'services'>,
  id: string,
  attempt: () => Promise<T>,
): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof Refusal && error.code === 'invitation.waiting') {
      const { bounds, hasDefaultConnector } = services.orderMail({});
      await act((a) => askApproval(a, id, { bounds, hasDefaultConnector }));
    }
    throw error;
  }
}
