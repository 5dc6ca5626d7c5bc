-- An application asks whether somebody reads a mailbox.
alter table proofs drop constraint proofs_purpose_check,
  add constraint proofs_purpose_check
    check (purpose in ('sign-in', 'invitation', 'new-address', 'registration', 'application'));
