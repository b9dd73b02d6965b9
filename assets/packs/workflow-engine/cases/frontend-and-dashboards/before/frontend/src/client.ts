export const client = new FederationClient(process.env.REACT_APP_GRAPHQL_URL);
