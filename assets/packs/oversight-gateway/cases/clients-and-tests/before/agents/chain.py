from langchain.agents import AgentExecutor
