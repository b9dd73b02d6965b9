import { useState } from 'react';

export const useAuth = () => {
  const [token, setToken] = useState(localStorage.getItem('jwt_token'));

  const login = (fresh: string) => {
    localStorage.setItem('jwt_token', fresh);
    setToken(fresh);
  };

  return { token, login, isAuthenticated: token !== null };
};
