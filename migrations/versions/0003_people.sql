-- Who may read a person is who may see an item that names them: this finds those items.
CREATE INDEX current_state_person ON es.current_state ((state #>> '{dossier,issue,reporter}'))
 WHERE kind = 'item' AND (state #>> '{dossier,issue,reporter}') IS NOT NULL;
-- Whoever reports by hand sees what became of it. Such a report is known by its principal and the key it came under.
CREATE INDEX current_state_reported_by ON es.current_state (split_part(state #>> '{dossier,issue,source_id}', ':', 1))
 WHERE kind = 'item' AND source = 'duban';
