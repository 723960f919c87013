/** Schema 3: what the forwarder tells about itself is events of a stream of its own, which is never read. */
export const NOTICES = `
INSERT INTO stream (tenant, source, born, health) VALUES ('', 'forwarder', 0, '{"condition":"working","failures":0}');
`;
